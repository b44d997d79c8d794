import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DELAY, mailService } from './testing.mjs';

test('a restart keeps mails, their course, cancellations, domains and idempotency keys', async (t) => {
  const service = mailService(t);
  const headers = { 'idempotency-key': 'k' };
  const sent = (await service.send({ to: 'bounced@resend.dev' }, { headers })).body.id;
  const cancelled = (await service.send({ scheduled_at: 'in 1 hour' })).body.id;
  const moved = (await service.send({ scheduled_at: 'in 1 hour' })).body.id;
  await service.call('POST', `/emails/${cancelled}/cancel`);
  await service.call('PATCH', `/emails/${moved}`, { body: { scheduled_at: 'in 2 hours' } });
  const before = { list: (await service.call('GET', '/emails')).body, domains: (await service.call('GET', '/domains')).body };
  service.restart();
  assert.deepEqual({ list: (await service.call('GET', '/emails')).body, domains: (await service.call('GET', '/domains')).body }, before);
  assert.equal((await service.send({ to: 'bounced@resend.dev' }, { headers })).body.id, sent);
  service.clock.advance(1.5 * 3_600_000);
  assert.equal(await service.lastEvent(sent), 'bounced', 'what came while it was down counts');
  assert.deepEqual([await service.lastEvent(cancelled), await service.lastEvent(moved)], ['canceled', 'scheduled']);
});

test('after a restart the events that are still to come are emitted', async (t) => {
  const service = mailService(t);
  await service.send();
  service.restart();
  /** @type {string[]} */
  const events = [];
  service.outbox().on('event', ({ type }) => events.push(type));
  service.clock.advance(DELAY + 10);
  assert.deepEqual(events, ['email.sent', 'email.delivered']);
});

test('a line that a crash cut off is dropped, and what follows is kept', async (t) => {
  const service = mailService(t);
  const { id } = (await service.send()).body;
  appendFileSync(join(service.state, 'mails.jsonl'), '{"type":"accepted","mails":[{"id"');
  service.restart();
  const next = (await service.send()).body.id;
  service.restart();
  const listed = (await service.call('GET', '/emails')).body.data;
  assert.deepEqual(listed.map((/** @type {{ id: string }} */ mail) => mail.id), [next, id]);
});

test('a damaged line stops the start and names file and line', async (t) => {
  const service = mailService(t);
  await service.send();
  const path = join(service.state, 'mails.jsonl');
  writeFileSync(path, `broken\n${readFileSync(path, 'utf8')}`);
  assert.throws(() => service.restart(), /mails\.jsonl, line 1 is not JSON/);
});

test('only the owner of the files may read them', async (t) => {
  const service = mailService(t);
  await service.send();
  assert.equal(statSync(join(service.state, 'mails.jsonl')).mode & 0o077, 0);
});

test('logs name method, path and status, and nothing of a mail or a key', async (t) => {
  /** @type {string[]} */
  const lines = [];
  const service = mailService(t, { log: (event, fields) => lines.push(`${event} ${JSON.stringify(fields)}`) });
  await service.send({ to: 'secret-recipient@acme.test', subject: 'secret-subject', html: '<a href="https://acme.test/?token=secret-token">x</a>' });
  await service.send({ from: 'secret' });
  await service.call('GET', '/emails?after=secret');
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? '', /^request .*"path":"\/emails","status":200/);
  assert.doesNotMatch(lines.join('\n'), /secret|re_full/);
});
