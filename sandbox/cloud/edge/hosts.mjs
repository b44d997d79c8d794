/** What a host name stands for. */

/**
 * @typedef {{kind: 'worker', script: string, prefix?: string}
 *   | {kind: 's3'} | {kind: 'proxied', base: string} | {kind: 'unknown'}} Target
 *   `prefix`: first eight digits of a version's id, on a preview host
 */

/** Path under which Miniflare answers S3. */
export const S3_PATH = '/cdn-cgi/local/r2/s3/';

/** The name in a `Host` header, without port, in lower case. @param {string | undefined} header @returns {string} */
export function hostname(header) {
  return (header ?? '').trim().toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}

/**
 * @param {string} host as `hostname` gives it
 * @param {import('../types.d.ts').CloudConfig} config
 * @param {(script: string) => {enabled: boolean, previews_enabled: boolean} | undefined} subdomain
 *   whether a script is served on its default hosts; undefined when there is no such script
 * @returns {Target}
 */
export function resolveHost(host, config, subdomain) {
  if (host === config.s3?.host) return { kind: 's3' };
  const proxied = own(config.proxied, host);
  if (proxied !== undefined) return { kind: 'proxied', base: proxied };
  const declared = own(config.hosts, host);
  if (declared !== undefined) return { kind: 'worker', script: declared };
  const suffix = `.${config.account.subdomain}.${config.zone}`;
  if (!host.endsWith(suffix)) return { kind: 'unknown' };
  const label = host.slice(0, -suffix.length);
  if (subdomain(label)?.enabled) return { kind: 'worker', script: label };
  const [, prefix, script] = /^([0-9a-f]{8})-(.+)$/.exec(label) ?? [];
  if (script !== undefined && prefix !== undefined && subdomain(script)?.previews_enabled) return { kind: 'worker', script, prefix };
  return { kind: 'unknown' };
}

/**
 * A table's own entry: a client may ask for the host "constructor".
 *
 * @template T
 * @param {Record<string, T>} table
 * @param {string} key
 * @returns {T | undefined}
 */
export function own(table, key) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The host of object storage, if there is one. @param {import('../types.d.ts').CloudConfig} config @returns {string[]} */
export function s3Hosts(config) {
  return config.s3 ? [config.s3.host] : [];
}

/** The default host of a script. @param {string} script @param {import('../types.d.ts').CloudConfig} config */
export function defaultHost(script, config) {
  return `${script}.${config.account.subdomain}.${config.zone}`;
}

/**
 * The bucket that an S3 path names.
 *
 * @param {string} path
 * @returns {string | undefined} undefined for other paths and for the list of buckets
 */
export function s3Bucket(path) {
  if (!path.startsWith(S3_PATH)) return undefined;
  const [bucket] = path.slice(S3_PATH.length).split(/[/?]/, 1);
  return bucket === '' ? undefined : bucket;
}
