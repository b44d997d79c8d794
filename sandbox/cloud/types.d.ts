/** The words that the three parts of the local cloud share. Only types; Node never loads this file. */

/** What `main.mjs` reads from the first line of stdin. Secrets live here and in the state folder, nowhere else. */
export interface CloudConfig {
  /** Folder of everything persistent; created when absent. */
  state: string;
  account: { id: string; name: string; subdomain: string; email: string };
  /** The API token that wrangler must present. */
  token: string;
  /** Paths of PEM files. `ending`: a certificate that ends within a week, for a condition. */
  tls: { key: string; cert: string; ending?: { key: string; cert: string } };
  /** A script without a declared host is served at `<script>.<account.subdomain>.<zone>`. */
  zone: string;
  /** Host name -> script name. */
  hosts: Record<string, string>;
  /** Where object storage answers; without it, nowhere. */
  s3?: { host: string };
  /** Bucket name -> the script whose runtime keeps it, and its S3 credentials. */
  buckets: Record<string, { script: string; accessKeyId: string; secretAccessKey: string }>;
  /** Hyperdrive id -> connection string. */
  hyperdrives: Record<string, string>;
  /** Third-party host -> base URL of its stand-in; any other host is refused at the outbound seam. */
  outbound: Record<string, string>;
  /** Further hosts that the edge serves -> base URL. */
  proxied: Record<string, string>;
}

export interface Logger {
  (event: string, details?: Record<string, unknown>): void;
}

/** A binding as wrangler uploads it. The fields that matter depend on `type`. */
export interface Binding {
  name: string;
  type: string;
  text?: string;
  json?: unknown;
  bucket_name?: string;
  id?: string;
  old_name?: string;
  version_id?: string;
  [field: string]: unknown;
}

export type ModuleType = 'ESModule' | 'CommonJS' | 'Text' | 'Data' | 'CompiledWasm';

/** A module of a version; its bytes are kept once per content under `sha256`. */
export interface ModuleRecord {
  name: string;
  type: ModuleType;
  sha256: string;
}

export interface UploadedModule {
  name: string;
  type: ModuleType;
  contents: Uint8Array;
}

/** The upload metadata that the sandbox understands; the main module comes first in `modules`. */
export interface Upload {
  modules: UploadedModule[];
  bindings: Binding[];
  keepBindings: string[];
  compatibilityDate: string;
  compatibilityFlags: string[];
  annotations: Record<string, string>;
}

export interface VersionRecord {
  id: string;
  /** Counts from 1 for each script. */
  number: number;
  created_on: string;
  source: string;
  annotations: Record<string, string>;
  modules: ModuleRecord[];
  bindings: Binding[];
  compatibility_date: string;
  compatibility_flags: string[];
  startup_time_ms: number;
}

export interface Share {
  version_id: string;
  percentage: number;
}

export interface DeploymentRecord {
  id: string;
  created_on: string;
  source: string;
  strategy: 'percentage';
  annotations: Record<string, string>;
  versions: Share[];
}

export interface ScriptRecord {
  name: string;
  tag: string;
  created_on: string;
  tags: string[];
  subdomain: { enabled: boolean; previews_enabled: boolean };
  schedules: string[];
  settings: Record<string, unknown>;
  /** Oldest first. */
  versions: VersionRecord[];
  /** Newest first, as Cloudflare lists them. */
  deployments: DeploymentRecord[];
}

/** A version with its modules read, ready to run. */
export interface LoadedVersion {
  record: VersionRecord;
  modules: UploadedModule[];
}

export interface BucketRecord {
  name: string;
  creation_date: string;
  /** The script whose runtime keeps the objects; unset until a version binds the bucket. */
  script?: string;
}

/** A host that a Worker asked for and that no configuration declares. */
export interface RefusedHost {
  script: string;
  host: string;
  times: number;
  first: string;
}

/** Where one request may be sent while it holds its place at a Worker's gate. */
export interface Entered {
  /** Call exactly once, when the exchange is over. */
  leave: () => void;
}
