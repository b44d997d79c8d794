/** The sandbox's own hand on the mail service; Resend has nothing like it. Faults are set here, never in an app. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';

/** Longest that a mail may be held, in milliseconds. */
const MOST_MS = 3_600_000;
const OUTCOMES = /** @type {const} */ (['delivered', 'bounced', 'complained', 'suppressed']);

/**
 * `PUT /sandbox/hold` with `{"ms": 7500}`: every mail that is accepted from then on waits so long before it is listed and sent; 0 ends it.
 * `PUT /sandbox/outcome` with `{"outcome": "bounced"}`: this becomes of every mail that is accepted from then on; null ends it.
 *
 * @param {string} token the bearer token that must be shown
 * @param {import('./outbox.mjs').Outbox} outbox
 * @returns {Hono}
 */
export function createControl(token, outbox) {
  const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest();
  const control = new Hono();
  control.use(async (context, next) => {
    if (!timingSafeEqual(digest(context.req.header('authorization') ?? ''), digest(`Bearer ${token}`))) return context.json({ error: 'wrong token' }, 403);
    return next();
  });
  control.put('/sandbox/hold', async (context) => {
    /** @type {unknown} */
    const body = await context.req.json().catch(() => undefined);
    const ms = typeof body === 'object' && body !== null && 'ms' in body ? body.ms : undefined;
    if (typeof ms !== 'number' || !(ms >= 0 && ms <= MOST_MS)) return context.json({ error: `ms must be a number from 0 to ${MOST_MS}` }, 400);
    outbox.hold(ms);
    return context.json({ ms });
  });
  control.put('/sandbox/outcome', async (context) => {
    /** @type {unknown} */
    const body = await context.req.json().catch(() => undefined);
    const outcome = typeof body === 'object' && body !== null && 'outcome' in body ? body.outcome : undefined;
    const known = OUTCOMES.find((name) => name === outcome);
    if (outcome !== null && known === undefined) return context.json({ error: `outcome must be null or one of ${OUTCOMES.join(', ')}` }, 400);
    outbox.decide(known ?? null);
    return context.json({ outcome: known ?? null });
  });
  return control;
}
