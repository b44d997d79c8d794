/** Reads the configuration line and names every mistake in it at once. */

/** The configuration cannot be used; the message names every wrong field. */
export class ConfigError extends Error {}

/** @typedef {import('./types.d.ts').CloudConfig} CloudConfig */

const shapes = {
  /** @param {unknown} value */
  string: (value) => typeof value === 'string' && value !== '',
  /** @param {unknown} value */
  strings: (value) => isRecord(value) && Object.values(value).every((entry) => shapes.string(entry)),
};

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {string} line the first line of stdin
 * @returns {CloudConfig}
 * @throws {ConfigError} naming each field that is missing or of the wrong type; values are never quoted, they may be secret
 */
export function parseConfig(line) {
  /** @type {unknown} */
  let parsed;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new ConfigError('the first line of stdin is not JSON; send the configuration as one line');
  }
  if (!isRecord(parsed)) throw new ConfigError('the configuration is not a JSON object');
  /** @type {string[]} */
  const wrong = [];
  const config = parsed;
  /** @param {string} path @param {'string' | 'strings'} shape */
  const need = (path, shape) => {
    /** @type {unknown} */
    let value = config;
    for (const key of path.split('.')) value = isRecord(value) ? value[key] : undefined;
    if (!shapes[shape](value))
      wrong.push(`${path} must be ${shape === 'string' ? 'a non-empty string' : 'an object of non-empty strings'}`);
  };
  for (const path of [
    'state',
    'account.id',
    'account.name',
    'account.subdomain',
    'account.email',
    'token',
    'tls.key',
    'tls.cert',
    'zone',
  ]) {
    need(path, 'string');
  }
  if (isRecord(config.tls) && config.tls.ending !== undefined) for (const path of ['tls.ending.key', 'tls.ending.cert']) need(path, 'string');
  if (config.s3 !== undefined) need('s3.host', 'string');
  for (const path of ['hosts', 'hyperdrives', 'outbound', 'proxied']) {
    config[path] ??= {};
    need(path, 'strings');
  }
  config.buckets ??= {};
  if (!isRecord(config.buckets)) wrong.push('buckets must be an object');
  else
    for (const bucket of Object.keys(config.buckets)) {
      for (const field of ['script', 'accessKeyId', 'secretAccessKey']) {
        const entry = config.buckets[bucket];
        if (!isRecord(entry) || !shapes.string(entry[field])) wrong.push(`buckets.${bucket}.${field} must be a non-empty string`);
      }
    }
  for (const path of ['outbound', 'proxied']) {
    for (const [host, base] of Object.entries(isRecord(config[path]) ? config[path] : {})) {
      if (typeof base === 'string' && !/^http:\/\/127\.0\.0\.1:\d+$/.test(base))
        wrong.push(`${path}.${host} must be http://127.0.0.1:PORT`);
    }
  }
  for (const [id, connection] of Object.entries(isRecord(config.hyperdrives) ? config.hyperdrives : {})) {
    const { username, password } = URL.parse(String(connection)) ?? {};
    // workerd writes these into the binding's connection string as they are, without encoding them.
    if (!username || !password || `${username}${password}`.includes('%')) {
      wrong.push(
        `hyperdrives.${id} must be postgres://ROLE:PASSWORD@HOST:PORT/DATABASE, with a role and a password that need no percent-encoding`,
      );
    }
  }
  if (wrong.length > 0) throw new ConfigError(`configuration: ${wrong.join('; ')}`);
  return /** @type {CloudConfig} */ (/** @type {unknown} */ (config));
}
