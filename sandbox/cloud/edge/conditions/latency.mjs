/** Every request waits before it is passed on, evenly spread up to a maximum. */

import { setTimeout as pause } from 'node:timers/promises';

import { milliseconds, needed } from './fields.mjs';

export const fields = { max_ms: needed(milliseconds) };
export const everywhere = true;

/**
 * @param {{max_ms: number}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ max_ms }, { roll }) {
  return async (_exchange, next) => {
    await pause(roll() * max_ms);
    await next();
  };
}
