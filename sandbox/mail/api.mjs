/**
 * The part of Resend's HTTP API that gonogo's deployments and suites use.
 * Reference: https://resend.com/docs/api-reference/introduction
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import {
  ApiError,
  badRequest,
  invalid,
  invalidApiKey,
  invalidId,
  methodNotAllowed,
  missingApiKey,
  missingField,
  rateLimited,
  restrictedApiKey,
  unknownEndpoint,
} from './errors.mjs';
import { idempotentRequest } from './idempotency.mjs';
import { RateLimiter } from './limiter.mjs';
import { scheduledTime } from './schedule.mjs';
import { validate } from './validation.mjs';
import { domainView, emailView, listView, listedEmailView } from './views.mjs';

/** @typedef {{ full: string, sending: string }} Keys full access; sending only */
/** @typedef {import('hono').Context} Context */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MOST_IN_BATCH = 100;
// https://resend.com/docs/dashboard/emails/attachments: 40 MB per mail after base64.
const MOST_BYTES = 40 * 1024 * 1024;

/** Methods of every path that exists; a sending key may use those in `SENDING`. @type {readonly [RegExp, readonly string[]][]} */
const ENDPOINTS = [
  [/^\/emails$/, ['GET', 'POST']],
  [/^\/emails\/batch$/, ['POST']],
  [/^\/emails\/[^/]+$/, ['GET', 'PATCH']],
  [/^\/emails\/[^/]+\/cancel$/, ['POST']],
  [/^\/domains$/, ['GET']],
];
const SENDING = new Set(['POST /emails', 'POST /emails/batch']);

/**
 * @param {{ keys: Keys, rateLimit: import('./limiter.mjs').RateLimit, account: import('./validation.mjs').Account }} config
 * @param {import('./outbox.mjs').Outbox} outbox
 * @param {import('./clock.mjs').Clock} clock
 * @param {import('./log.mjs').Log} log
 * @returns {Hono}
 */
export function createApi(config, outbox, clock, log) {
  const limiter = new RateLimiter(config.rateLimit, clock);
  const api = new Hono();

  api.use(async (context, next) => {
    const owner = keyOwner(context.req.header('authorization'), config.keys);
    const { allowed, headers } = limiter.take(owner === 'missing' ? 'unknown' : owner);
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    if (!allowed) throw rateLimited(limiter.max, limiter.seconds);
    if (owner === 'missing') throw missingApiKey();
    if (owner === 'unknown') throw invalidApiKey();
    const { method, path } = context.req;
    if (owner === 'sending' && !SENDING.has(`${method} ${path}`)) throw restrictedApiKey();
    const endpoint = ENDPOINTS.find(([pattern]) => pattern.test(path));
    if (!endpoint) throw unknownEndpoint();
    if (!endpoint[1].includes(method)) throw methodNotAllowed();
    await next();
  });
  api.use(bodyLimit({ maxSize: MOST_BYTES, onError: () => tooLarge() }));

  api.post('/emails', async (context) => {
    const body = await json(context);
    return context.json(send(context, body, () => [validate(body, config.account, clock.now())], ([mail]) => ({ id: mail?.id })));
  });

  api.post('/emails/batch', async (context) => {
    const body = await json(context);
    /** @type {{ index: number, message: string }[]} */
    const errors = [];
    const permissive = context.req.header('x-batch-validation') === 'permissive';
    const drafts = () => batch(body).flatMap((entry, index) => {
      try {
        return [validate(entry, config.account, clock.now())];
      } catch (error) {
        if (!permissive || !(error instanceof ApiError)) throw error;
        errors.push({ index, message: error.message });
        return [];
      }
    });
    return context.json(send(context, body, drafts, (mails) => ({ data: mails.map(({ id }) => ({ id })), ...(permissive && { errors }) })));
  });

  api.get('/emails', (context) => {
    const { mails, more } = outbox.list(pageOf(context));
    return context.json(listView(mails.map((mail) => listedEmailView(mail, outbox.lastEvent(mail))), more));
  });

  api.get('/emails/:id', (context) => {
    const mail = outbox.get(idOf(context));
    return context.json(emailView(mail, outbox.lastEvent(mail)));
  });

  api.patch('/emails/:id', async (context) => {
    const id = idOf(context);
    const body = /** @type {Record<string, unknown>} */ ((await json(context)) ?? {});
    if (!body.scheduled_at) throw missingField('scheduled_at');
    outbox.reschedule(id, scheduledTime(body.scheduled_at, clock.now()) ?? clock.now());
    return context.json({ object: 'email', id });
  });

  api.post('/emails/:id/cancel', (context) => {
    const id = idOf(context);
    outbox.cancel(id);
    return context.json({ object: 'email', id });
  });

  api.get('/domains', (context) => context.json(listView(outbox.domains.map(domainView), false)));

  api.notFound((context) => refusal(context, unknownEndpoint()));
  api.onError((error, context) => {
    if (error instanceof ApiError) return refusal(context, error);
    // The message of an unforeseen error may quote the request, so only its kind is logged.
    log('failed', { error: error.name, method: context.req.method });
    return refusal(context, new ApiError(500, 'application_error', 'An unexpected error occurred.'));
  });

  /**
   * Sends once per idempotency key. Nothing awaits between the look-up and the acceptance, so two equal requests cannot both be new.
   *
   * @param {Context} context
   * @param {unknown} body
   * @param {() => import('./validation.mjs').Draft[]} drafts
   * @param {(mails: import('./outbox.mjs').Mail[]) => object} answer
   * @returns {object}
   */
  function send(context, body, drafts, answer) {
    const request = idempotentRequest(`${context.req.method} ${context.req.path}`, context.req.header('idempotency-key'), body);
    const before = request && outbox.replay(request);
    if (before) return /** @type {object} */ (before.answer);
    return /** @type {object} */ (outbox.accept(drafts(), answer, request));
  }

  return api;
}

/** @param {Context} context @param {ApiError} error */
const refusal = (context, error) => context.json(error.body(), /** @type {import('hono/utils/http-status').ContentfulStatusCode} */ (error.status));

/** @returns {never} */
function tooLarge() {
  throw new ApiError(413, 'validation_error', 'The request body is larger than 40 MB.');
}

/**
 * @param {string | undefined} authorization
 * @param {Keys} keys
 * @returns {'missing' | 'unknown' | 'full' | 'sending'}
 */
function keyOwner(authorization, keys) {
  const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (!key) return 'missing';
  if (sameSecret(key, keys.full)) return 'full';
  return sameSecret(key, keys.sending) ? 'sending' : 'unknown';
}

/** Compares in constant time whatever the lengths. @param {string} a @param {string} b */
const sameSecret = (a, b) => timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

/** @param {Context} context @returns {Promise<unknown>} */
async function json(context) {
  try {
    return await context.req.json();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw badRequest('The request body is not valid JSON.');
  }
}

/** @param {unknown} body @returns {unknown[]} */
function batch(body) {
  if (!Array.isArray(body) || body.length === 0) throw invalid('The request body must be an array of emails.');
  if (body.length > MOST_IN_BATCH) throw invalid(`The request body must have at most ${MOST_IN_BATCH} emails.`);
  // https://resend.com/docs/api-reference/emails/send-batch-emails: neither field is supported in a batch; both are reported to be ignored.
  return body.map((entry) => (typeof entry === 'object' && entry !== null ? { ...entry, attachments: undefined, scheduled_at: undefined } : entry));
}

/** @param {Context} context */
function idOf(context) {
  const id = context.req.param('id') ?? '';
  if (!UUID.test(id)) throw invalidId();
  return id;
}

/** @param {Context} context @returns {import('./outbox.mjs').Page} */
function pageOf(context) {
  const { limit = '20', after, before } = context.req.query();
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) throw invalid('The `limit` parameter must be a number between 1 and 100.');
  if (after !== undefined && before !== undefined) throw invalid('The `after` and `before` parameters cannot be used together.');
  return { limit: Number(limit), after, before };
}
