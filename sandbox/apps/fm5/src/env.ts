/** What a deployment binds to this Worker: see wrangler.staging.jsonc and wrangler.production.jsonc. */
export interface Env {
  /** Postgres, through Hyperdrive. */
  readonly DB: Hyperdrive;
  /** The members' files. */
  readonly FILES: R2Bucket;
  readonly CF_VERSION_METADATA: WorkerVersionMetadata;

  /** Origin of the deployment, without a trailing slash. Decides cookie names, mail links and trusted origins. */
  readonly BASE_URL: string;
  /** Origin of the site that presents FM5; its pages greet members who are signed in here. */
  readonly SITE_ORIGIN: string;
  readonly GITHUB_CLIENT_ID: string;
  readonly GOOGLE_CLIENT_ID: string;
  /** Name of the release; given when deploying. */
  readonly RELEASE: string;
  /** Sender of every mail, `Name <address>`. */
  readonly MAIL_FROM: string;
  /** Address of the S3 API of the account's R2, without the bucket. */
  readonly S3_ENDPOINT: string;
  readonly S3_BUCKET: string;

  readonly BETTER_AUTH_SECRET: string;
  readonly RESEND_API_KEY: string;
  readonly GITHUB_CLIENT_SECRET: string;
  readonly GOOGLE_CLIENT_SECRET: string;
  readonly S3_ACCESS_KEY_ID: string;
  readonly S3_SECRET_ACCESS_KEY: string;
}
