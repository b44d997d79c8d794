/**
 * The configuration: one line of JSON on stdin. It holds the keys, so no message ever quotes a value.
 */

/**
 * @typedef {object} Config
 * @property {import('./api.mjs').Keys} keys
 * @property {string[]} domains verified sending domains, lower case; `*`: any, where no account is modelled
 * @property {string} owner the account owner's address
 * @property {number} deliveryDelayMs milliseconds from acceptance to the last event
 * @property {import('./limiter.mjs').RateLimit} rateLimit of each key on its own
 * @property {string} state folder of everything that outlives a restart
 * @property {import('./webhooks.mjs').Webhook[]} webhooks
 * @property {string} [control] token for the sandbox's own view of the service (`control.mjs`); without it there is none
 * @property {number} [port] of the API; the system gives one without it
 * @property {{ port: number }} [smtp] takes mails by SMTP as well (`smtp.mjs`), at this port; 0: the system gives one
 */

/** @typedef {Record<string, unknown>} Fields */

const KNOWN = new Set(['keys', 'domains', 'owner', 'deliveryDelayMs', 'rateLimit', 'state', 'webhooks', 'control', 'port', 'smtp']);
/** A domain that stands for all of them. */
export const ANY = '*';
const LAST_PORT = 65_535;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/;

/**
 * @param {string} line
 * @returns {Config}
 * @throws {Error} naming everything that is wrong with it, in one sentence
 */
export function parseConfig(line) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error('configuration: the first line of stdin is not JSON');
  }
  const fields = record(value);
  /** @type {string[]} */
  const wrong = [];
  /** @param {boolean} holds @param {string} what */
  const expect = (holds, what) => void (holds || wrong.push(what));

  for (const name of Object.keys(fields)) expect(KNOWN.has(name), `${name} is unknown`);
  const keys = record(fields.keys);
  for (const name of ['full', 'sending']) expect(typeof keys[name] === 'string' && /^\S+$/.test(keys[name]), `keys.${name} must be a key`);
  expect(keys.full !== keys.sending || keys.full === undefined, 'keys.full and keys.sending must differ');
  const domains = Array.isArray(fields.domains) ? fields.domains : [];
  expect(Array.isArray(fields.domains) && domains.every((name) => typeof name === 'string' && (name === ANY || DOMAIN.test(name))), 'domains must be a list of lower case domain names');
  expect(typeof fields.owner === 'string' && fields.owner.includes('@'), 'owner must be an e-mail address');
  expect(isCount(fields.deliveryDelayMs ?? 300, 0), 'deliveryDelayMs must be a number of milliseconds');
  const limit = record(fields.rateLimit ?? { max: 10, windowMs: 1000 });
  expect(isCount(limit.max, 1), 'rateLimit.max must be a number of requests above 0');
  expect(isCount(limit.windowMs, 1), 'rateLimit.windowMs must be a number of milliseconds above 0');
  expect(typeof fields.state === 'string' && fields.state !== '', 'state must be a folder');
  expect(fields.control === undefined || (typeof fields.control === 'string' && /^\S+$/.test(fields.control)), 'control must be a token');
  expect(isPort(fields.port ?? 0), 'port must be a port');
  const smtp = fields.smtp === undefined ? undefined : record(fields.smtp);
  expect(smtp === undefined || isPort(smtp.port), 'smtp.port must be a port, or 0');
  const webhooks = webhookList(fields.webhooks ?? [], expect);
  if (wrong.length > 0) throw new Error(`configuration: ${wrong.join('; ')}`);

  return {
    keys: { full: String(keys.full), sending: String(keys.sending) },
    domains: domains.map(String),
    owner: String(fields.owner),
    deliveryDelayMs: Number(fields.deliveryDelayMs ?? 300),
    rateLimit: { max: Number(limit.max), windowMs: Number(limit.windowMs) },
    state: String(fields.state),
    webhooks,
    ...(fields.control !== undefined && { control: String(fields.control) }),
    ...(fields.port !== undefined && { port: Number(fields.port) }),
    ...(smtp !== undefined && { smtp: { port: Number(smtp.port) } }),
  };
}

/** @param {unknown} value @returns {Fields} */
const record = (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? /** @type {Fields} */ (value) : {});

/** @param {unknown} value @param {number} least */
const isCount = (value, least) => typeof value === 'number' && Number.isFinite(value) && value >= least;

/** @param {unknown} value */
const isPort = (value) => Number.isInteger(value) && isCount(value, 0) && Number(value) <= LAST_PORT;

/**
 * @param {unknown} value
 * @param {(holds: boolean, what: string) => void} expect
 * @returns {import('./webhooks.mjs').Webhook[]}
 */
function webhookList(value, expect) {
  expect(Array.isArray(value), 'webhooks must be a list');
  return (Array.isArray(value) ? value : []).map((entry, index) => {
    const { url, secret, events, retryAfterMs } = record(entry);
    const at = `webhooks[${index}]`;
    expect(typeof url === 'string' && /^https?:$/.test(URL.parse(url)?.protocol ?? ''), `${at}.url must be an http or https address`);
    expect(typeof secret === 'string' && /^whsec_[A-Za-z0-9+/]{20,}={0,2}$/.test(secret), `${at}.secret must be whsec_ and base64`);
    expect(Array.isArray(events) && events.every((name) => typeof name === 'string' && name.startsWith('email.')), `${at}.events must be a list of email events`);
    expect(retryAfterMs === undefined || (Array.isArray(retryAfterMs) && retryAfterMs.every((wait) => isCount(wait, 0))), `${at}.retryAfterMs must be a list of milliseconds`);
    return {
      url: String(url),
      secret: String(secret),
      events: Array.isArray(events) ? events.map(String) : [],
      ...(Array.isArray(retryAfterMs) && { retryAfterMs: retryAfterMs.map(Number) }),
    };
  });
}
