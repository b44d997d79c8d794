/**
 * What a request to send has to look like. Each refusal is one that Resend documents or is reported to give;
 * the order decides which one a body with several mistakes gets.
 *
 * Source: https://resend.com/docs/api-reference/emails/send-email
 */

import { TEST_DOMAIN, isRefused, outcomeOf, parseMailbox, testOutcome } from './addresses.mjs';
import { ANY } from './config.mjs';
import { ApiError, invalid, malformedAddress, missingField, notFound, reservedRecipient, testSenderOnly, unverifiedDomain } from './errors.mjs';
import { scheduledTime } from './schedule.mjs';

/** @typedef {{ domains: ReadonlySet<string>, owner: string }} Account verified sending domains; the owner's own address */
/** @typedef {{ name: string, value: string }} Tag */
/** @typedef {{ filename: string, contentType: string | null, size: number | null }} Attachment size in bytes; null when only a URL was given */

/**
 * A mail that may be sent, as the sender wrote it.
 *
 * @typedef {object} Draft
 * @property {string} from
 * @property {string[]} to
 * @property {string[]} cc
 * @property {string[]} bcc
 * @property {string[]} replyTo
 * @property {string} subject
 * @property {string | null} html
 * @property {string | null} text
 * @property {Tag[]} tags
 * @property {Record<string, string>} headers
 * @property {Attachment[]} attachments
 * @property {number | null} scheduledAt milliseconds since 1970
 * @property {import('./addresses.mjs').Outcome} outcome
 */

const MOST_RECIPIENTS = 50;
const TAG = /^[A-Za-z0-9_-]{1,256}$/;

/**
 * @param {unknown} body the parsed JSON of the request
 * @param {Account} account
 * @param {number} now milliseconds since 1970
 * @returns {Draft}
 * @throws {ApiError} the first thing that is wrong
 */
export function validate(body, account, now) {
  if (!isRecord(body)) throw invalid('The request body must be a JSON object.');
  // No account of this sandbox owns a template, so this is what Resend answers for every id.
  if (body.template !== undefined && body.template !== null) throw notFound('Template');
  const from = required(body, 'from');
  const to = addressList(body, 'to');
  if (to.length === 0) throw missingField('to');
  const subject = required(body, 'subject');
  if (/[\r\n]/.test(subject)) throw invalid('The `\\n` is not allowed in the `subject` field.');
  const html = optionalText(body, 'html');
  const text = optionalText(body, 'text');
  if (!html && !text) throw invalid('Missing `html` or `text` field.');
  const sender = parseMailbox(from);
  if (!sender) throw malformedAddress('from');
  if (to.length > MOST_RECIPIENTS) throw invalid(`The \`to\` field must have at most ${MOST_RECIPIENTS} recipients.`);
  const cc = addressList(body, 'cc');
  const bcc = addressList(body, 'bcc');
  const replyTo = addressList(body, 'reply_to');
  mailboxes(replyTo, 'reply_to');
  const recipients = [...reachable(to, 'to'), ...reachable(cc, 'cc'), ...reachable(bcc, 'bcc')];
  mayBeSentFrom(sender, recipients, account);
  return {
    from,
    to,
    cc,
    bcc,
    replyTo,
    subject,
    html: html || null,
    text: text || null,
    tags: tags(body),
    headers: headers(body),
    attachments: attachments(body),
    scheduledAt: scheduledTime(body.scheduled_at, now),
    outcome: outcomeOf(recipients),
  };
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {Record<string, unknown>} body @param {string} field */
function required(body, field) {
  const value = body[field];
  if (value === undefined || value === null || value === '') throw missingField(field);
  if (typeof value !== 'string') throw invalid(`The \`${field}\` field must be a \`string\`.`);
  return value;
}

/** @param {Record<string, unknown>} body @param {string} field */
function optionalText(body, field) {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw invalid(`The \`${field}\` field must be a \`string\`.`);
  return value;
}

/**
 * @param {Record<string, unknown>} body
 * @param {string} field
 * @returns {string[]} one string counts as a list of one; empty when absent
 */
function addressList(body, field) {
  const value = body[field];
  if (value === undefined || value === null || value === '') return [];
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((entry) => typeof entry === 'string')) throw invalid(`The \`${field}\` field must be a \`string\` or an array of strings.`);
  return list;
}

/** @param {string[]} list @param {string} field */
function mailboxes(list, field) {
  return list.map((entry) => {
    const mailbox = parseMailbox(entry);
    if (!mailbox) throw malformedAddress(field);
    return mailbox;
  });
}

/** @param {string[]} list @param {string} field */
function reachable(list, field) {
  const parsed = mailboxes(list, field);
  if (parsed.some(isRefused)) throw reservedRecipient(field);
  return parsed;
}

/**
 * The shared sender of `resend.dev` reaches the owner and the test addresses only (the latter as reported in
 * https://github.com/hsharghi/swift-resend/issues/15); any other sender needs a verified domain.
 *
 * @param {import('./addresses.mjs').Mailbox} sender
 * @param {import('./addresses.mjs').Mailbox[]} recipients
 * @param {Account} account
 */
function mayBeSentFrom(sender, recipients, account) {
  if (account.domains.has(sender.domain) || account.domains.has(ANY)) return;
  if (sender.domain !== TEST_DOMAIN) throw unverifiedDomain(sender.domain);
  const owner = account.owner.toLowerCase();
  if (recipients.some((mailbox) => mailbox.address !== owner && testOutcome(mailbox) === null)) throw testSenderOnly(account.owner);
}

/** @param {Record<string, unknown>} body @returns {Tag[]} */
function tags(body) {
  if (body.tags === undefined || body.tags === null) return [];
  if (!Array.isArray(body.tags)) throw invalid('The `tags` field must be an array.');
  return body.tags.map((tag) => {
    const name = isRecord(tag) ? String(tag.name ?? '') : '';
    const value = isRecord(tag) ? String(tag.value ?? '') : '';
    if (!TAG.test(name) || !TAG.test(value)) throw invalid('Tags should only contain ASCII letters, numbers, underscores, or dashes.');
    return { name, value };
  });
}

/** @param {Record<string, unknown>} body @returns {Record<string, string>} */
function headers(body) {
  if (body.headers === undefined || body.headers === null) return {};
  if (!isRecord(body.headers)) throw invalid('The `headers` field must be an object.');
  return Object.fromEntries(Object.entries(body.headers).map(([name, value]) => [name, String(value)]));
}

/**
 * Attachments are checked and counted, but their bytes are not kept: nothing reads them back.
 *
 * @param {Record<string, unknown>} body
 * @returns {Attachment[]}
 */
function attachments(body) {
  if (body.attachments === undefined || body.attachments === null) return [];
  if (!Array.isArray(body.attachments)) throw invalid('The `attachments` field must be an array.');
  return body.attachments.map((entry) => {
    const { content, path, filename, content_type: type } = isRecord(entry) ? entry : /** @type {Record<string, unknown>} */ ({});
    if (!content && !path) throw new ApiError(422, 'invalid_attachment', 'Attachment must have either a `content` or `path`.');
    return { filename: String(filename ?? 'attachment'), contentType: typeof type === 'string' ? type : null, size: byteLength(content) };
  });
}

/** @param {unknown} content base64, or a Buffer as JSON writes it @returns {number | null} */
function byteLength(content) {
  if (typeof content === 'string') return Buffer.byteLength(content, 'base64');
  if (isRecord(content) && Array.isArray(content.data)) return content.data.length;
  return null;
}
