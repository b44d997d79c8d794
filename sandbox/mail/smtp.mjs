/**
 * SMTP for deployments that send their mail so: whatever comes in lies in the same outbox as what the API accepts.
 *
 * It is for an app under development: without TLS, on loopback, and any user name and password is accepted, or none. What a mail says is
 * read as its recipient's program would read it (MIME, RFC 2045 to 2047); whom it is for is said by the envelope (RFC 5321), not by its
 * headers, so that blind copies are seen as well.
 */

import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { outcomeOf, parseMailbox } from './addresses.mjs';

/** @typedef {import('./validation.mjs').Draft} Draft */
/** @typedef {{ from: string, to: string[] }} Envelope */

const MOST_BYTES = 40 * 1024 * 1024;
const TOO_LARGE = 552;

/**
 * @param {number} port 0: the system gives one
 * @param {import('./outbox.mjs').Outbox} outbox
 * @param {{ log: import('./log.mjs').Log }} parts
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 * @throws {Error} when the port is taken
 */
export async function startSink(port, outbox, { log }) {
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    size: MOST_BYTES,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anybody' }),
    onData(stream, session, done) {
      /** @type {Buffer[]} */
      const chunks = [];
      stream.on('data', (chunk) => stream.sizeExceeded || chunks.push(chunk));
      stream.once('end', async () => {
        if (stream.sizeExceeded) return done(refusal(TOO_LARGE, 'the mail is larger than 40 MB'));
        const from = session.envelope.mailFrom;
        const envelope = { from: from ? from.address : '', to: session.envelope.rcptTo.map(({ address }) => address) };
        try {
          const [id] = /** @type {string[]} */ (outbox.accept([await draftOf(Buffer.concat(chunks), envelope)], (mails) => mails.map((mail) => mail.id), null));
          log('accepted by SMTP', { id: id ?? '' });
          return done(null, `queued as ${id ?? ''}`);
        } catch (error) {
          // Its message may quote the mail, so only its kind is logged.
          log('failed', { error: error instanceof Error ? error.name : 'Error', method: 'SMTP' });
          return done(refusal(451, 'the mail cannot be read'));
        }
      });
    },
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  // A client that leaves in the middle of a mail is no trouble of the service's.
  server.on('error', (error) => log('SMTP', { error: error.name }));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the SMTP server has no port');
  return { port: address.port, stop: () => new Promise((resolve) => server.close(() => resolve(undefined))) };
}

/**
 * @param {Buffer} raw a mail as it came over the wire
 * @param {Envelope} envelope
 * @returns {Promise<Draft>} recipients that no header names are blind copies
 */
export async function draftOf(raw, envelope) {
  const mail = await PostalMime.parse(raw);
  const visible = (/** @type {import('postal-mime').Address[] | undefined} */ list) => new Set(mailboxes(list).map(({ address }) => address.toLowerCase()));
  const [to, cc] = [visible(mail.to), visible(mail.cc)];
  const reached = [...new Set(envelope.to)];
  const named = reached.filter((address) => to.has(address.toLowerCase()));
  const copied = reached.filter((address) => !named.includes(address) && cc.has(address.toLowerCase()));
  const others = reached.filter((address) => !named.includes(address) && !copied.includes(address));
  // Some programs name nobody in their headers: then whoever gets the mail is whom it is for.
  const alone = named.length + copied.length === 0;
  return {
    from: shown(mailboxes(mail.from ? [mail.from] : [])[0]) || envelope.from,
    to: alone ? others : named,
    cc: copied,
    bcc: alone ? [] : others,
    replyTo: mailboxes(mail.replyTo).map(shown),
    subject: mail.subject ?? '',
    html: mail.html || null,
    text: mail.text || null,
    tags: [],
    headers: {},
    attachments: mail.attachments.map(({ filename, mimeType, content }) => ({ filename: filename ?? 'attachment', contentType: mimeType, size: size(content) })),
    scheduledAt: null,
    outcome: outcomeOf(reached.flatMap((address) => parseMailbox(address) ?? [])),
  };
}

/** @param {import('postal-mime').Address[] | undefined} list @returns {{ name: string, address: string }[]} members of groups among them */
function mailboxes(list) {
  return (list ?? []).flatMap((entry) => (entry.group ?? [entry])).flatMap(({ name, address }) => (address ? [{ name, address }] : []));
}

/** @param {{ name: string, address: string } | undefined} mailbox */
const shown = (mailbox) => (!mailbox ? '' : mailbox.name ? `${mailbox.name} <${mailbox.address}>` : mailbox.address);

/** @param {ArrayBuffer | Uint8Array | string} content */
const size = (content) => (typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength);

/** @param {number} code @param {string} message */
const refusal = (code, message) => Object.assign(new Error(message), { responseCode: code });
