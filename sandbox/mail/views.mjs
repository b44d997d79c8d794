/**
 * How mails and domains are written in answers. Fields: the schemas `Email` and `ListDomainsItem` of
 * https://github.com/resend/resend-openapi and the response types of the npm SDK `resend`.
 */

/** @typedef {import('./outbox.mjs').Mail} Mail */

/**
 * Resend writes times in two ways, `2026-11-20T12:00:00.000000+00:00` and `2026-11-20 12:00:00.000000+00`. One mail is answered in the
 * first, lists in the second, so that a client has to read both.
 *
 * @param {number} time milliseconds since 1970
 */
const iso = (time) => new Date(time).toISOString().replace('Z', '000+00:00');

/** @param {number} time milliseconds since 1970 */
const postgres = (time) => new Date(time).toISOString().replace('T', ' ').replace('Z', '000+00');

/** @param {Mail} mail @param {string} event its `last_event` */
export const emailView = (mail, event) => ({
  object: 'email',
  id: mail.id,
  message_id: mail.messageId,
  to: mail.to,
  from: mail.from,
  created_at: iso(mail.createdAt),
  subject: mail.subject,
  html: mail.html,
  text: mail.text,
  bcc: mail.bcc,
  cc: mail.cc,
  reply_to: mail.replyTo,
  last_event: event,
  scheduled_at: mail.scheduledAt === null ? null : iso(mail.scheduledAt),
  tags: mail.tags,
});

/** @param {string[]} list */
const orNull = (list) => (list.length === 0 ? null : list);

/** @param {Mail} mail @param {string} event its `last_event` */
export const listedEmailView = (mail, event) => ({
  id: mail.id,
  message_id: mail.messageId,
  to: mail.to,
  from: mail.from,
  created_at: postgres(mail.createdAt),
  subject: mail.subject,
  bcc: orNull(mail.bcc),
  cc: orNull(mail.cc),
  reply_to: orNull(mail.replyTo),
  last_event: event,
  scheduled_at: mail.scheduledAt === null ? null : postgres(mail.scheduledAt),
});

/** @param {import('./outbox.mjs').Domain} domain */
export const domainView = (domain) => ({
  id: domain.id,
  name: domain.name,
  status: 'verified',
  created_at: postgres(domain.createdAt),
  region: 'us-east-1',
  capabilities: { sending: 'enabled', receiving: 'disabled' },
});

/** @template View @param {View[]} data @param {boolean} more */
export const listView = (data, more) => ({ object: 'list', has_more: more, data });
