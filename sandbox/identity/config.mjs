/** The configuration: one line of JSON on stdin. It holds client secrets, so no message ever quotes a value. */

/**
 * @typedef {object} Client an application as it was registered with a provider
 * @property {'github' | 'google'} provider
 * @property {string} id
 * @property {string} secret
 * @property {string[]} redirects addresses that people may be sent back to, each compared as a whole
 */

/** @typedef {{ clients: Client[] }} Config */

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
  const entries = record(value).clients;
  if (!Array.isArray(entries)) throw new Error('configuration: clients must be a list');
  /** @type {string[]} */
  const wrong = [];
  const clients = entries.map((entry, index) => {
    const { provider, id, secret, redirects } = record(entry);
    const at = `clients[${index}]`;
    if (provider !== 'github' && provider !== 'google') wrong.push(`${at}.provider must be github or google`);
    for (const [name, text] of Object.entries({ id, secret })) {
      if (typeof text !== 'string' || !/^\S+$/.test(text)) wrong.push(`${at}.${name} must be a text without blanks`);
    }
    if (!Array.isArray(redirects) || redirects.length === 0 || !redirects.every((url) => typeof url === 'string' && url.startsWith('https://'))) {
      wrong.push(`${at}.redirects must be a list of https addresses`);
    }
    return { provider: provider === 'google' ? /** @type {const} */ ('google') : /** @type {const} */ ('github'), id: String(id), secret: String(secret), redirects: Array.isArray(redirects) ? redirects.map(String) : [] };
  });
  if (wrong.length > 0) throw new Error(`configuration: ${wrong.join('; ')}`);
  return { clients };
}

/** @param {unknown} value @returns {Record<string, unknown>} */
const record = (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? /** @type {Record<string, unknown>} */ (value) : {});
