/** The connection of a share of the idempotent requests is reset before anything was answered, and before the deployment saw the request. */

import { needed, share } from './fields.mjs';

export const fields = { share: needed(share) };
export const everywhere = true;

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * @param {{share: number}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ share: part }, { roll }) {
  return async (exchange, next) => {
    if (!IDEMPOTENT.has(exchange.request.method ?? '') || roll() >= part) return next();
    const socket = exchange.request.socket;
    // TLS hides the TCP socket, which is the one that can be reset; without it the connection merely ends.
    const tcp = /** @type {import('node:net').Socket | undefined} */ (/** @type {any} */ (socket)._parent);
    tcp?.resetAndDestroy();
    socket.destroy();
    return undefined;
  };
}
