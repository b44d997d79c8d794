import assert from 'node:assert/strict';
import { createTransport } from 'nodemailer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { silent } from './log.mjs';
import { draftOf, startSink } from './smtp.mjs';
import { mailService } from './testing.mjs';

/** @param {import('node:test').TestContext} context */
async function sink(context) {
  const service = mailService(context, { domains: ['*'] });
  const running = await startSink(0, service.outbox(), { log: silent });
  context.after(() => running.stop());
  return { service, port: running.port };
}

/** @param {import('node:test').TestContext} context */
async function sender(context) {
  const { service, port } = await sink(context);
  return { service, mailer: createTransport({ host: '127.0.0.1', port, auth: { user: 'anybody', pass: 'anything' } }) };
}

test('what comes by SMTP is read like what the API has taken, with its encodings undone', async (context) => {
  const { service, mailer } = await sender(context);
  const subject = 'Ihr Code für heute: 4711 – gültig 10 Minuten, und ein Betreff, der länger als eine Zeile ist';
  await mailer.sendMail({ from: '"Grüße, Acme" <hello@acme.test>', to: 'Ada <ada+1@acme.example>', subject, text: 'Größe = 1\n'.repeat(50), html: `<p>${'ü'.repeat(300)}</p>` });
  const listed = (await service.call('GET', '/emails')).body.data;
  assert.equal(listed.length, 1);
  const read = (await service.call('GET', `/emails/${listed[0].id}`)).body;
  assert.equal(read.from, 'Grüße, Acme <hello@acme.test>');
  assert.deepEqual(read.to, ['ada+1@acme.example']);
  assert.equal(read.subject, subject);
  assert.equal(read.text.trimEnd(), 'Größe = 1\n'.repeat(50).trimEnd());
  assert.equal(read.html.trimEnd(), `<p>${'ü'.repeat(300)}</p>`);
});

test('the envelope says who gets a mail: copies, blind copies, and whom no header names', async (context) => {
  const { service, mailer } = await sender(context);
  await mailer.sendMail({ from: 'a@acme.test', to: ['b@acme.test', 'C <c@acme.test>'], cc: 'd@acme.test', bcc: 'e@acme.test', subject: 's', text: 't' });
  await mailer.sendMail({ envelope: { from: 'a@acme.test', to: 'f@acme.test' }, raw: 'Subject: bare\r\n\r\nhello' });
  const [bare, full] = (await service.call('GET', '/emails')).body.data;
  assert.deepEqual([full.to, full.cc, full.bcc], [['b@acme.test', 'c@acme.test'], ['d@acme.test'], ['e@acme.test']]);
  assert.deepEqual([bare.to, bare.from, bare.bcc], [['f@acme.test'], 'a@acme.test', null]);
});

test('an attachment is counted, and what becomes of a test address is as with the API', async (context) => {
  const { service, mailer } = await sender(context);
  await mailer.sendMail({ from: 'root@localhost', to: 'bounced@resend.dev', subject: 's', text: 't', attachments: [{ filename: 'x.txt', content: 'abc' }] });
  service.clock.advance(1000);
  const [mail] = service.outbox().newest();
  assert.ok(mail);
  assert.deepEqual(mail.attachments, [{ filename: 'x.txt', contentType: 'text/plain', size: 3 }]);
  assert.equal(service.outbox().lastEvent(mail), 'bounced');
});

test('a client that leaves in the middle of a mail leaves no mail, and others go on', async (context) => {
  const { service, port } = await sink(context);
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'data');
  socket.write('EHLO x\r\nMAIL FROM:<a@acme.test>\r\nRCPT TO:<b@acme.test>\r\nDATA\r\nSubject: half');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await createTransport({ host: '127.0.0.1', port }).sendMail({ from: 'a@acme.test', to: 'b@acme.test', subject: 'whole', text: 't' });
  assert.deepEqual(service.outbox().newest().map(({ subject }) => subject), ['whole']);
});

test('a mail without any text is a mail', async () => {
  const draft = await draftOf(Buffer.from('From: a@acme.test\r\nTo: b@acme.test\r\n\r\n'), { from: 'a@acme.test', to: ['B@acme.test'] });
  assert.deepEqual([draft.to, draft.subject, draft.text, draft.html], [['B@acme.test'], '', null, null]);
});
