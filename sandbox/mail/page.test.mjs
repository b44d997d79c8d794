import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELAY, mailService } from './testing.mjs';

test('the page and its files are served without a key, under a policy that allows no other host', async (t) => {
  const service = mailService(t);
  for (const [path, type] of [['/', 'text/html'], ['/page/inbox.js', 'text/javascript'], ['/page/inbox.css', 'text/css'], ['/page/mails', 'application/json']]) {
    const { status, headers } = await service.call('GET', String(path), { key: null });
    assert.equal(status, 200);
    assert.ok(headers.get('content-type')?.startsWith(String(type)));
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /https?:|\*/);
    assert.match(policy, /script-src 'self';/);
    assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('nothing that the page consists of names another host', async (t) => {
  const service = mailService(t);
  const texts = await Promise.all(['/', '/page/inbox.js', '/page/inbox.css'].map(async (path) => (await service.call('GET', path, { key: null })).body));
  assert.doesNotMatch(texts.join('\n'), /(src|href|url\()\s*=?\s*["'(]?(https?:)?\/\/[a-z]/i);
});

test('under the name of the real API there is no page', async (t) => {
  const service = mailService(t);
  for (const path of ['/', '/page/mails']) assert.equal((await service.call('GET', path, { host: 'api.resend.com', key: null })).status, 401);
});

test('mails are listed newest first and found by a part of any recipient', async (t) => {
  const service = mailService(t);
  await service.send({ to: 'delivered+ada@resend.dev', subject: 'one' });
  await service.send({ to: 'bob@acme.test', cc: 'Carol <CAROL@acme.test>', subject: 'two' });
  const subjects = async (/** @type {string} */ query) => (await service.call('GET', `/page/mails${query}`, { key: null })).body.mails.map((/** @type {{ subject: string }} */ mail) => mail.subject);
  assert.deepEqual(await subjects(''), ['two', 'one']);
  assert.deepEqual(await subjects('?recipient=%2Bada'), ['one']);
  assert.deepEqual(await subjects('?recipient=carol'), ['two']);
  assert.deepEqual(await subjects('?recipient=nobody'), []);
});

test('a viewer that has seen everything gets nothing, until a mail comes or moves on', async (t) => {
  const service = mailService(t);
  const seen = async () => (await service.call('GET', '/page/mails', { key: null })).body.revision;
  const isNew = async (/** @type {string} */ revision) => (await service.call('GET', `/page/mails?seen=${revision}`, { key: null })).status === 200;
  const empty = await seen();
  assert.equal(await isNew(empty), false);
  await service.send();
  assert.equal(await isNew(empty), true);
  const queued = await seen();
  service.clock.advance(DELAY);
  assert.equal(await isNew(queued), true);
  const delivered = await seen();
  service.clock.advance(10 * DELAY);
  assert.equal(await isNew(delivered), false);
});

test('one mail comes with its text and what happened; an unknown one is not found', async (t) => {
  const service = mailService(t);
  const { id } = (await service.send({ attachments: [{ filename: 'a.txt', content: 'aGVsbG8=' }] })).body;
  const { body } = await service.call('GET', `/page/mails/${id}`, { key: null });
  assert.equal(body.html, '<p>Hello</p>');
  assert.deepEqual(body.attachments, [{ filename: 'a.txt', contentType: null, size: 5 }]);
  assert.deepEqual(body.steps.map((/** @type {{ event: string }} */ step) => step.event), ['queued', 'sent', 'delivered']);
  assert.equal((await service.call('GET', '/page/mails/nothing', { key: null })).status, 404);
});
