import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELAY, mailService } from './testing.mjs';

/** @type {[string, string[]][]} */
const COURSES = [
  ['delivered+a@resend.dev', ['queued', 'sent', 'delivered']],
  ['bounced+a@resend.dev', ['queued', 'sent', 'bounced']],
  ['complained+a@resend.dev', ['queued', 'sent', 'delivered', 'complained']],
  ['suppressed+a@resend.dev', ['queued', 'suppressed']],
  ['ada@acme.test', ['queued', 'sent', 'delivered']],
];

for (const [to, course] of COURSES) {
  test(`a mail to ${to} becomes ${course.join(', then ')}`, async (t) => {
    const service = mailService(t);
    const { id } = (await service.send({ to })).body;
    const seen = [await service.lastEvent(id)];
    for (let passed = 0; passed < DELAY; passed += 10) {
      service.clock.advance(10);
      const event = await service.lastEvent(id);
      if (event !== seen.at(-1)) seen.push(event);
      if (passed + 10 < DELAY) assert.notEqual(event, course.at(-1), `${event} too early, after ${passed + 10} ms`);
    }
    assert.deepEqual(seen, course);
    service.clock.advance(1_000_000);
    assert.equal(await service.lastEvent(id), course.at(-1));
  });
}

test('every step is emitted once, when it comes', async (t) => {
  const service = mailService(t);
  /** @type {string[]} */
  const events = [];
  service.outbox().on('event', ({ type, mail }) => events.push(`${type} ${mail.to[0]}`));
  await service.send({ to: 'bounced@resend.dev' });
  assert.deepEqual(events, ['email.queued bounced@resend.dev']);
  service.clock.advance(DELAY + 10);
  service.clock.advance(DELAY + 10);
  assert.deepEqual(events.slice(1), ['email.sent bounced@resend.dev', 'email.bounced bounced@resend.dev']);
});

test('a scheduled mail waits, moves and goes out at its time', async (t) => {
  const service = mailService(t);
  const { id } = (await service.send({ scheduled_at: 'in 2 hours' })).body;
  assert.equal(await service.lastEvent(id), 'scheduled');
  const later = new Date(service.clock.now() + 3 * 3_600_000).toISOString();
  assert.deepEqual((await service.call('PATCH', `/emails/${id}`, { body: { scheduled_at: later } })).body, { object: 'email', id });
  service.clock.advance(2.5 * 3_600_000);
  assert.equal(await service.lastEvent(id), 'scheduled');
  service.clock.advance(0.5 * 3_600_000 + DELAY);
  assert.equal(await service.lastEvent(id), 'delivered');
});

test('a cancelled mail never goes out, and neither it nor a sent one can be cancelled again', async (t) => {
  const service = mailService(t);
  const { id } = (await service.send({ scheduled_at: 'in 1 hour' })).body;
  assert.equal((await service.call('POST', `/emails/${id}/cancel`)).status, 200);
  service.clock.advance(4_000_000);
  assert.equal(await service.lastEvent(id), 'canceled');
  const sent = (await service.send()).body.id;
  for (const one of [id, sent]) assert.equal((await service.call('POST', `/emails/${one}/cancel`)).status, 422);
});

for (const scheduled_at of ['soon', 'in some minutes', '2026-02-30Tx', 'in 31 days', 7, {}]) {
  test(`scheduled_at ${JSON.stringify(scheduled_at)} is refused`, async (t) => {
    const service = mailService(t);
    const refused = await service.send({ scheduled_at });
    assert.deepEqual([refused.status, refused.body.name], [422, 'validation_error']);
  });
}
