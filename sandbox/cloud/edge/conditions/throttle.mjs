/**
 * A rate limit of the edge's own, in front of the app: so many requests per window, then 429.
 *
 * https://developers.cloudflare.com/waf/rate-limiting-rules/
 */

import { answer } from './answers.mjs';
import { count, defaulting, needed, oneOf, seconds, texts } from './fields.mjs';

export const fields = { max: needed(count), seconds: defaulting(seconds, 10), paths: texts, by: defaulting(oneOf('address', 'all'), 'address') };

/**
 * `paths`: prefixes that are counted, everything without them. `by`: each client address on its own, or all clients together.
 *
 * @param {{max: number, seconds: number, paths?: string[], by: string}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ max, seconds: length, paths, by }, { now }) {
  /** @type {Map<string, {until: number, seen: number}>} */
  const windows = new Map();
  return async (exchange, next) => {
    if (paths && !paths.some((prefix) => exchange.path.startsWith(prefix))) return next();
    const key = by === 'address' ? exchange.peer : '';
    const known = windows.get(key);
    const window = known !== undefined && now() < known.until ? known : { until: now() + length * 1000, seen: 0 };
    windows.set(key, window);
    window.seen += 1;
    if (window.seen <= max) return next();
    return answer(exchange, 429, 'error code: 1015\n', {
      'Content-Type': 'text/plain; charset=UTF-8',
      'CF-Ray': exchange.ray,
      'Retry-After': String(Math.ceil((window.until - now()) / 1000)),
      Server: 'cloudflare',
    });
  };
}
