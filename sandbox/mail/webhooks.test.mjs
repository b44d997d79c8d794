import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Resend } from 'resend';
import { DELAY, mail, mailService, manualClock } from './testing.mjs';
import { silent } from './log.mjs';
import { deliverWebhooks } from './webhooks.mjs';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;
const RESEND = new Resend('re_unused');

/**
 * @param {import('node:test').TestContext} t
 * @param {{ answers?: number[], events?: string[], retryAfterMs?: number[] }} options status of each answer in turn, then 200
 */
function listening(t, { answers = [], events = ['email.sent', 'email.delivered', 'email.bounced', 'email.suppressed'], retryAfterMs } = {}) {
  const service = mailService(t);
  /** @type {{ body: string, headers: Record<string, string> }[]} */
  const received = [];
  const send = (/** @type {string} */ _url, /** @type {RequestInit} */ init) => {
    received.push({ body: String(init.body), headers: /** @type {Record<string, string>} */ (init.headers) });
    return Promise.resolve({ status: answers.shift() ?? 200 });
  };
  const webhook = { url: 'https://acme.test/webhooks', secret: SECRET, events, ...(retryAfterMs && { retryAfterMs }) };
  const stop = deliverWebhooks([webhook], service.outbox(), service.clock, silent, send);
  t.after(stop);
  // Each attempt continues after its answer, so let those continuations run before time goes on.
  const pass = async (/** @type {number} */ milliseconds) => {
    service.clock.advance(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { service, received, stop, pass };
}

/** @param {{ body: string, headers: Record<string, string> }} request */
const verify = ({ body, headers }) =>
  RESEND.webhooks.verify({
    payload: body,
    headers: { id: headers['svix-id'] ?? '', timestamp: headers['svix-timestamp'] ?? '', signature: headers['svix-signature'] ?? '' },
    webhookSecret: SECRET,
  });

test('events are signed so that the official SDK accepts them and refuses a changed body', async (t) => {
  const { service, received, pass } = listening(t);
  // The SDK refuses signatures that are older than five minutes by the real clock.
  mock.timers.enable({ apis: ['Date'], now: service.clock.now() });
  t.after(() => mock.timers.reset());
  const { id } = (await service.send({ to: 'bounced@resend.dev', tags: [{ name: 'kind', value: 'confirm' }] })).body;
  await pass(DELAY + 10);
  const events = received.map((request) => /** @type {any} */ (verify(request)));
  assert.deepEqual(events.map(({ type }) => type), ['email.sent', 'email.bounced']);
  const { data } = events[1];
  assert.equal(data.email_id, id);
  assert.deepEqual([data.from, data.to, data.subject], [mail().from, ['bounced@resend.dev'], mail().subject]);
  assert.deepEqual(data.tags, { kind: 'confirm' });
  assert.deepEqual(Object.keys(data.bounce).sort(), ['message', 'subType', 'type']);
  const [first] = received;
  assert.ok(first);
  assert.throws(() => verify({ ...first, body: first.body.replace('email.sent', 'email.opened') }));
});

test('a webhook hears of the events it asked for only, and never of a text', async (t) => {
  const { service, received, pass } = listening(t, { events: ['email.delivered'] });
  await service.send({ html: '<p>secret</p>' });
  await pass(DELAY + 10);
  assert.deepEqual(received.map(({ body }) => JSON.parse(body).type), ['email.delivered']);
  assert.doesNotMatch(received[0]?.body ?? '', /secret/);
});

test('a failed delivery is tried again under the same id, a bounded number of times', async (t) => {
  const { service, received, pass } = listening(t, { answers: [500, 302, 404, 503], events: ['email.delivered'], retryAfterMs: [5_000, 60_000] });
  await service.send();
  await pass(DELAY + 10);
  assert.equal(received.length, 1);
  await pass(5_000);
  assert.equal(received.length, 2);
  await pass(60_000);
  assert.equal(received.length, 3);
  await pass(10_000_000);
  assert.equal(received.length, 3);
  assert.equal(new Set(received.map(({ headers }) => headers['svix-id'])).size, 1);
});

test('a delivery that succeeded is not repeated', async (t) => {
  const { service, received, pass } = listening(t, { answers: [500, 204], events: ['email.delivered'] });
  await service.send();
  for (const wait of [DELAY + 10, 5_000, 300_000, 1_800_000]) await pass(wait);
  assert.equal(received.length, 2);
});

test('nothing is delivered after a stop', async (t) => {
  const { service, received, stop, pass } = listening(t, { answers: [500], events: ['email.delivered'] });
  await service.send();
  await pass(DELAY + 10);
  stop();
  await pass(10_000_000);
  assert.equal(received.length, 1);
});

test('a clock that stands still is what these tests wait with', () => {
  const clock = manualClock();
  /** @type {string[]} */
  const order = [];
  clock.after(20, () => order.push('b'));
  clock.after(10, () => clock.after(5, () => order.push('a')));
  clock.after(15, () => order.push('never'))();
  clock.advance(25);
  assert.deepEqual(order, ['a', 'b']);
});
