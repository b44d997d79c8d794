/**
 * E-mail addresses as Resend reads them, and what becomes of a mail to one.
 *
 * Test addresses: https://resend.com/docs/dashboard/emails/send-test-emails
 * Refused domains: https://resend.com/docs/knowledge-base/what-email-addresses-to-use-for-testing
 */

/** @typedef {{ address: string, domain: string }} Mailbox `address` is lower case and without a display name */
/** @typedef {'delivered' | 'bounced' | 'complained' | 'suppressed'} Outcome */

const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9])$/;
const NAMED = /^[^<>\r\n]*<([^<>\s]+)>$/;

/** Domain of Resend's shared sender and of its test recipients. */
export const TEST_DOMAIN = 'resend.dev';

const REFUSED_DOMAINS = new Set(['example.com', 'test.com']);

// Worst first: with several recipients the mail's outcome is the one that a sender has to act on.
/** @type {readonly Outcome[]} */
const BY_SEVERITY = ['bounced', 'complained', 'suppressed', 'delivered'];

/**
 * @param {string} text `user@host.tld` or `Name <user@host.tld>`
 * @returns {Mailbox | null} null when it is neither
 */
export function parseMailbox(text) {
  const trimmed = text.trim();
  const plain = NAMED.exec(trimmed)?.[1] ?? trimmed;
  const match = plain.length <= 254 ? ADDRESS.exec(plain) : null;
  return match?.[1] ? { address: plain.toLowerCase(), domain: match[1].toLowerCase() } : null;
}

/** @param {Mailbox} mailbox */
export const isRefused = (mailbox) => REFUSED_DOMAINS.has(mailbox.domain);

/**
 * @param {Mailbox} mailbox
 * @returns {Outcome | null} the event a test address stands for (labels after `+` are ignored); null for other addresses
 */
export function testOutcome(mailbox) {
  if (mailbox.domain !== TEST_DOMAIN) return null;
  const name = (mailbox.address.split('@')[0] ?? '').split('+')[0];
  return BY_SEVERITY.find((outcome) => outcome === name) ?? null;
}

/**
 * @param {readonly Mailbox[]} recipients
 * @returns {Outcome} the mail's outcome; a real provider delivers to addresses that are no test addresses, and so does this one
 */
export function outcomeOf(recipients) {
  const outcomes = new Set(recipients.map((mailbox) => testOutcome(mailbox) ?? 'delivered'));
  return BY_SEVERITY.find((outcome) => outcomes.has(outcome)) ?? 'delivered';
}
