import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DELAY, mailService } from './testing.mjs';

const CONTROL = 'token_of_this_test';

test('a held mail is accepted at once, and listed, sent and delivered only when its time has come', async (t) => {
  const service = mailService(t, { control: CONTROL });
  assert.deepEqual((await service.call('PUT', '/sandbox/hold', { key: CONTROL, body: { ms: 7500 } })).body, { ms: 7500 });
  const { status, body } = await service.send();
  assert.equal(status, 200);
  service.clock.advance(7499);
  assert.deepEqual((await service.call('GET', '/emails')).body.data, []);
  assert.equal((await service.call('GET', `/emails/${body.id}`)).status, 404);
  service.clock.advance(1);
  assert.equal((await service.call('GET', '/emails')).body.data.length, 1);
  assert.equal(await service.lastEvent(body.id), 'queued');
  service.clock.advance(DELAY);
  assert.equal(await service.lastEvent(body.id), 'delivered');

  await service.call('PUT', '/sandbox/hold', { key: CONTROL, body: { ms: 0 } });
  await service.send();
  assert.equal((await service.call('GET', '/emails')).body.data.length, 2, 'the hold is over');
});

test('only the token of the sandbox may do so, and never under the name of the service', async (t) => {
  const service = mailService(t, { control: CONTROL });
  assert.equal((await service.call('PUT', '/sandbox/hold', { body: { ms: 1 } })).status, 403);
  assert.equal((await service.call('PUT', '/sandbox/hold', { key: CONTROL, body: { ms: -1 } })).status, 400);
  assert.notEqual((await service.call('PUT', '/sandbox/hold', { key: CONTROL, body: { ms: 1 }, host: 'api.resend.com' })).status, 200);
  assert.notEqual((await mailService(t).call('PUT', '/sandbox/hold', { key: CONTROL, body: { ms: 1 } })).status, 200);
});

test('the outcome of new mails can be decided, and left to their recipients again', async (t) => {
  const service = mailService(t, { control: CONTROL });
  const decide = (/** @type {unknown} */ outcome) => service.call('PUT', '/sandbox/outcome', { key: CONTROL, body: { outcome } });
  assert.equal((await decide('lost')).status, 400);
  await decide('bounced');
  const bounced = (await service.send()).body.id;
  await decide(null);
  const delivered = (await service.send()).body.id;
  service.clock.advance(DELAY);
  assert.deepEqual([await service.lastEvent(bounced), await service.lastEvent(delivered)], ['bounced', 'delivered']);
});
