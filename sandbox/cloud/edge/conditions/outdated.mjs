/** A cache at the edge that still has what an earlier release gave out: an address as it stands is answered with older bytes. */

import { headerPairs } from '../headers.mjs';
import { defaulting, needed, seconds, text, texts } from './fields.mjs';

export const fields = { paths: needed(texts), end: needed(text), age: defaulting(seconds, 3000) };

/**
 * `paths`: the addresses. `end`: what the older answer ended with. An address with a query is none that the cache knows.
 *
 * @param {{paths: string[], end: string, age: number}} options
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ paths, end: last, age }) {
  return async (exchange, next) => {
    const { request, response } = exchange;
    if (request.method !== 'GET' || !paths.includes(exchange.path)) return next();
    const { writeHead, end } = response;
    let older = false;
    Object.assign(response, {
      /** @param {number} status @param {...any} rest */
      writeHead(status, ...rest) {
        const given = /** @type {unknown} */ (rest.at(-1));
        if (status === 200 && Array.isArray(given)) {
          older = true;
          const kept = headerPairs(given).filter(([name]) => !['content-length', 'etag', 'cf-cache-status'].includes(name.toLowerCase()));
          rest.splice(-1, 1, [...kept.flat(), 'Age', String(age), 'CF-Cache-Status', 'HIT']);
        }
        return writeHead.apply(response, /** @type {any} */ ([status, ...rest]));
      },
      /** @param {any} chunk @param {...any} rest */
      end(chunk, ...rest) {
        if (chunk !== undefined && typeof chunk !== 'function') response.write(chunk);
        const done = [chunk, ...rest].find((each) => typeof each === 'function');
        return end.apply(response, /** @type {any} */ (older ? [last, done] : [done]));
      },
    });
    await next();
  };
}
