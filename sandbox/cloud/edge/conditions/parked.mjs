/** A domain that was never pointed at the deployment, or has run out: the registrar's page answers 200 to everything. */

import { answer, page } from './answers.mjs';

/** @type {Record<string, import('./fields.mjs').Field>} */
export const fields = {};

/** @returns {import('../exchange.mjs').Handler} */
export function handler() {
  return async (exchange) =>
    answer(exchange, 200, page(`${exchange.host} is parked`, 'This domain is parked free of charge. This domain may be for sale: buy this domain.'), {
      'Cache-Control': 'max-age=300',
      Server: 'parking',
    });
}
