/** A cache at the edge that keeps what it should not: answers by URL, whoever asks and whatever the cookies and `Cache-Control` say. */

import { headerPairs } from '../headers.mjs';
import { defaulting, seconds, texts } from './fields.mjs';

export const fields = { seconds: defaulting(seconds, 60), types: defaulting(texts, ['text/html']), paths: texts };

/** A larger answer is passed on and not kept. */
const MOST_BYTES = 4 * 1024 * 1024;

/** @typedef {{at: number, raw: string[], body: Buffer}} Kept */

/**
 * `types`: media types that are kept. `paths`: prefixes that are looked at, everything without them.
 *
 * @param {{seconds: number, types: string[], paths?: string[]}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ seconds: fresh, types, paths }, { now }) {
  /** @type {Map<string, Kept>} */
  const kept = new Map();
  return async (exchange, next) => {
    const { request, response } = exchange;
    if (!['GET', 'HEAD'].includes(request.method ?? '') || request.headers.range !== undefined) return next();
    if (paths && !paths.some((prefix) => exchange.path.startsWith(prefix))) return next();
    const key = `${exchange.host}${exchange.path}`;
    const found = kept.get(key);
    if (found !== undefined && now() < found.at + fresh * 1000) {
      const age = String(Math.floor((now() - found.at) / 1000));
      response.writeHead(200, [...found.raw, 'Age', age, 'CF-Cache-Status', 'HIT', 'CF-Ray', exchange.ray]);
      response.end(request.method === 'HEAD' ? undefined : found.body);
      return;
    }
    if (request.method === 'GET') watch(response, types, (raw, body) => kept.set(key, { at: now(), raw, body }));
    await next();
  };
}

/**
 * Listens to the answer on its way to the client.
 *
 * @param {import('node:http').ServerResponse} response
 * @param {readonly string[]} types
 * @param {(raw: string[], body: Buffer) => void} keep
 */
function watch(response, types, keep) {
  const { writeHead, write, end } = response;
  /** @type {string[] | undefined} */
  let raw;
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  /** @param {unknown} chunk */
  const collect = (chunk) => {
    if (raw === undefined || chunk === undefined || typeof chunk === 'function') return;
    const part = Buffer.from(/** @type {Buffer} */ (chunk));
    chunks.push(part);
    bytes += part.length;
    if (bytes > MOST_BYTES) raw = undefined;
  };
  Object.assign(response, {
    /** @param {number} status @param {...any} rest */
    writeHead(status, ...rest) {
      const given = /** @type {unknown} */ (rest.at(-1));
      if (status === 200 && Array.isArray(given)) {
        const type = headerPairs(given).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
        if (types.some((each) => type.startsWith(each))) {
          const dropped = new Set(['cf-ray', 'transfer-encoding', 'connection', 'content-length']);
          raw = headerPairs(given)
            .filter(([name]) => !dropped.has(name.toLowerCase()))
            .flat();
          rest.splice(-1, 1, [...given, 'CF-Cache-Status', 'MISS']);
        }
      }
      return writeHead.call(response, status, .../** @type {[any]} */ (rest));
    },
    /** @param {any} chunk @param {...any} rest */
    write(chunk, ...rest) {
      collect(chunk);
      return write.call(response, chunk, .../** @type {[any]} */ (rest));
    },
    /** @param {any} chunk @param {...any} rest */
    end(chunk, ...rest) {
      collect(chunk);
      if (raw !== undefined) keep([...raw, 'Content-Length', String(bytes)], Buffer.concat(chunks));
      return end.call(response, chunk, .../** @type {[any]} */ (rest));
    },
  });
}
