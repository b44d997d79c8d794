/**
 * Idempotency keys: https://resend.com/docs/dashboard/emails/idempotency-keys
 */

import { createHash } from 'node:crypto';
import { badIdempotencyKey } from './errors.mjs';

/**
 * @param {string} scope method and path: the same key may be used for another endpoint
 * @param {string | undefined} key the `Idempotency-Key` header
 * @param {unknown} body parsed JSON; the order of its fields does not matter
 * @returns {{ scope: string, key: string, fingerprint: string } | null} null without a key
 * @throws {import('./errors.mjs').ApiError} 400 when the key is empty or longer than 256 characters
 */
export function idempotentRequest(scope, key, body) {
  if (key === undefined) return null;
  if (key.length < 1 || key.length > 256) throw badIdempotencyKey();
  return { scope, key, fingerprint: createHash('sha256').update(JSON.stringify(sorted(body)) ?? '').digest('hex') };
}

/** @param {unknown} value @returns {unknown} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
