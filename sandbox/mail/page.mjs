/**
 * The page for people: every mail of the account, newest first, as its recipient would see it.
 *
 * It needs no key (the sandbox listens on loopback only) and asks nothing of any other host.
 */

import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { ApiError } from './errors.mjs';
import { timeline } from './lifecycle.mjs';
import { emailView } from './views.mjs';

/** @typedef {import('./outbox.mjs').Mail} Mail */

const MOST_LISTED = 200;

/** @param {string} name */
const asset = (name) => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');

// A mail is shown in a sandboxed srcdoc frame, which inherits this policy: inline styles are allowed because mails consist of
// them; scripts of a mail are stopped by the frame's sandbox and by `script-src`, remote images by `img-src`.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * @param {import('./outbox.mjs').Outbox} outbox
 * @returns {Hono}
 */
export function createPage(outbox) {
  const page = new Hono();
  const files = { html: asset('index.html'), css: asset('inbox.css'), js: asset('inbox.js') };

  page.use(async (context, next) => {
    await next();
    context.header('content-security-policy', POLICY);
    context.header('cache-control', 'no-store');
    context.header('referrer-policy', 'no-referrer');
    context.header('x-content-type-options', 'nosniff');
    context.header('x-frame-options', 'DENY');
  });

  page.get('/', (context) => context.html(files.html));
  page.get('/page/inbox.css', (context) => context.body(files.css, 200, { 'content-type': 'text/css; charset=utf-8' }));
  page.get('/page/inbox.js', (context) => context.body(files.js, 200, { 'content-type': 'text/javascript; charset=utf-8' }));

  page.get('/page/mails', (context) => {
    const revision = outbox.revision;
    if (context.req.query('seen') === revision) return context.body(null, 204);
    const recipient = (context.req.query('recipient') ?? '').trim().toLowerCase();
    const all = outbox.newest();
    const found = recipient ? all.filter((mail) => recipientsOf(mail).some((address) => address.toLowerCase().includes(recipient))) : all;
    const mails = found.slice(0, MOST_LISTED).map((mail) => ({
      id: mail.id,
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      at: mail.createdAt,
      event: outbox.lastEvent(mail),
    }));
    return context.json({ revision, total: all.length, found: found.length, mails });
  });

  page.get('/page/mails/:id', (context) => {
    const mail = outbox.get(context.req.param('id'));
    return context.json({
      ...emailView(mail, outbox.lastEvent(mail)),
      at: mail.createdAt,
      headers: mail.headers,
      attachments: mail.attachments,
      steps: timeline(mail),
    });
  });

  page.onError((error, context) =>
    error instanceof ApiError ? context.json(error.body(), 404) : context.json({ message: 'The page could not be made.' }, 500),
  );
  return page;
}

/** @param {Mail} mail */
const recipientsOf = (mail) => [...mail.to, ...mail.cc, ...mail.bcc];
