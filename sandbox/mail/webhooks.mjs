/**
 * Webhooks, signed as Svix does it: HMAC-SHA256 over `<svix-id>.<svix-timestamp>.<raw body>`.
 *
 * Events and fields: https://resend.com/docs/webhooks/event-types
 * Signature: https://docs.svix.com/receiving/verifying-payloads/how-manual
 * Retries: https://resend.com/docs/webhooks/retries-and-replays
 */

import { createHmac, randomUUID } from 'node:crypto';

/**
 * @typedef {object} Webhook
 * @property {string} url
 * @property {string} secret `whsec_` and base64
 * @property {string[]} events names such as `email.delivered`
 * @property {number[]} [retryAfterMs] waits between attempts; as documented when absent
 */

/** @typedef {import('./outbox.mjs').MailEvent} MailEvent */
/** @typedef {(url: string, init: RequestInit) => Promise<{ status: number }>} Send */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DOCUMENTED_RETRIES = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
const LONGEST_ANSWER_MS = 15 * SECOND;

// `queued` and `canceled` are states of a mail, but no webhook tells of them.
const ANNOUNCED = new Set(['email.scheduled', 'email.sent', 'email.delivered', 'email.bounced', 'email.complained', 'email.suppressed']);

/**
 * @param {string} secret
 * @param {string} id
 * @param {number} timestamp seconds since 1970
 * @param {string} body
 * @returns {string} the `svix-signature` header
 */
export function signature(secret, id, timestamp, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** @type {Send} */
async function overHttp(url, init) {
  const answer = await fetch(url, init);
  // Only the status counts; a body left unread would hold its connection.
  await answer.body?.cancel();
  return answer;
}

/**
 * Delivers the events of an outbox until it is stopped. What is under way at a stop is not taken up again after a restart.
 *
 * @param {readonly Webhook[]} webhooks
 * @param {import('./outbox.mjs').Outbox} outbox
 * @param {import('./clock.mjs').Clock} clock
 * @param {import('./log.mjs').Log} log
 * @param {Send} send
 * @returns {() => void} stops all deliveries
 */
export function deliverWebhooks(webhooks, outbox, clock, log, send = overHttp) {
  const stopped = new AbortController();
  /** @type {Set<() => void>} */
  const waiting = new Set();

  /** @param {Webhook} webhook @param {string} id @param {string} body @param {number[]} retries */
  async function attempt(webhook, id, body, retries) {
    const timestamp = Math.floor(clock.now() / 1000);
    const status = await post(webhook, { 'svix-id': id, 'svix-timestamp': String(timestamp), 'svix-signature': signature(webhook.secret, id, timestamp, body) }, body);
    if (stopped.signal.aborted) return;
    log('webhook', { id, host: new URL(webhook.url).host, status, left: retries.length });
    const [wait, ...later] = retries;
    if ((status >= 200 && status < 300) || wait === undefined) return;
    const cancel = clock.after(wait, () => {
      waiting.delete(cancel);
      void attempt(webhook, id, body, later);
    });
    waiting.add(cancel);
  }

  /** @param {Webhook} webhook @param {Record<string, string>} headers @param {string} body @returns {Promise<number>} 0 when nobody answered */
  async function post(webhook, headers, body) {
    try {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(LONGEST_ANSWER_MS)]);
      const init = { method: 'POST', redirect: /** @type {const} */ ('manual'), headers: { 'content-type': 'application/json', 'user-agent': 'Svix-Webhooks/1 (sandbox)', ...headers }, body, signal };
      return (await send(webhook.url, init)).status;
    } catch {
      return 0;
    }
  }

  outbox.on('event', (event) => {
    if (!ANNOUNCED.has(event.type)) return;
    for (const webhook of webhooks.filter(({ events }) => events.includes(event.type))) {
      void attempt(webhook, `msg_${randomUUID().replaceAll('-', '')}`, JSON.stringify(payload(event)), webhook.retryAfterMs ?? DOCUMENTED_RETRIES);
    }
  });

  return () => {
    stopped.abort();
    for (const cancel of waiting) cancel();
  };
}

/** @param {MailEvent} event */
export function payload({ type, at, mail }) {
  const time = (/** @type {number} */ value) => new Date(value).toISOString();
  return {
    type,
    created_at: time(at),
    data: {
      created_at: time(mail.createdAt),
      email_id: mail.id,
      message_id: mail.messageId,
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      ...(mail.tags.length > 0 && { tags: Object.fromEntries(mail.tags.map(({ name, value }) => [name, value])) }),
      ...(type === 'email.bounced' && { bounce: { message: 'The recipient\'s mail server rejected the mail for good.', type: 'Permanent', subType: 'General' } }),
      ...(type === 'email.suppressed' && { suppressed: { message: 'The recipient is on the suppression list of the account.', type: 'OnAccountSuppressionList' } }),
    },
  };
}
