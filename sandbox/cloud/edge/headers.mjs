/**
 * What the edge takes from a client's headers and what it adds, as Cloudflare does.
 *
 * https://developers.cloudflare.com/fundamentals/reference/http-headers/
 */

const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']);

/** Only the edge may say who the client is; `mf-*` would command Miniflare. The version headers are the client's own. */
const ours = /^(cf-|mf-|x-forwarded-(for|proto|host)$|x-real-ip$|true-client-ip$)/;

/** The chain of addresses that a client claims: Cloudflare appends the one it sees and keeps what came. @param {readonly string[]} raw @param {string} peer */
const forwardedFor = (raw, peer) => [...headerPairs(raw).flatMap(([name, value]) => (name.toLowerCase() === 'x-forwarded-for' ? [value] : [])), peer].join(', ');

/**
 * @param {readonly string[]} raw `rawHeaders` of the client's request
 * @param {{peer: string, ray: string, chunked: boolean, cloudflare: boolean}} facts
 *   `cloudflare`: for a Worker, which also learns what Cloudflare tells it
 * @returns {string[]} raw headers to send on
 */
export function requestHeaders(raw, { peer, ray, chunked, cloudflare }) {
  const kept = filter(raw, (name) => !hopByHop.has(name) && !ours.test(name));
  // Without it, Node would send a body of unknown length as if it had none.
  if (chunked) kept.push('Transfer-Encoding', 'chunked');
  kept.push('X-Forwarded-For', forwardedFor(raw, peer), 'X-Forwarded-Proto', 'https', 'X-Real-IP', peer);
  if (cloudflare) {
    kept.push('CF-Connecting-IP', peer, 'CF-Ray', ray, 'CF-IPCountry', 'XX', 'CF-Visitor', '{"scheme":"https"}');
    kept.push('MF-CF-Blob', JSON.stringify({ colo: 'LAB', country: 'XX', httpProtocol: 'HTTP/1.1', tlsVersion: 'TLSv1.3' }));
  }
  return kept;
}

/**
 * @param {readonly string[]} raw `rawHeaders` of the answer
 * @param {string} ray
 * @returns {string[]}
 */
export function responseHeaders(raw, ray) {
  return [...filter(raw, (name) => !hopByHop.has(name) && name !== 'cf-ray' && name !== 'server'), 'CF-Ray', ray, 'Server', 'cloudflare'];
}

/** @param {readonly string[]} raw @param {(name: string) => boolean} keep by lower-case name */
function filter(raw, keep) {
  return headerPairs(raw)
    .filter(([name]) => keep(name.toLowerCase()))
    .flat();
}

/** @param {readonly string[]} raw `rawHeaders` @returns {[name: string, value: string][]} */
export function headerPairs(raw) {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? '', raw[2 * index + 1] ?? '']);
}
