import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiter } from './limiter.mjs';
import { KEYS, mailService, manualClock } from './testing.mjs';

test('a window lets its number of requests through, then refuses until it is over', () => {
  const clock = manualClock();
  const limiter = new RateLimiter({ max: 2, windowMs: 1000 }, clock);
  assert.deepEqual([limiter.take('a').allowed, limiter.take('a').allowed, limiter.take('a').allowed], [true, true, false]);
  clock.advance(999);
  assert.equal(limiter.take('a').allowed, false);
  clock.advance(1);
  assert.equal(limiter.take('a').allowed, true);
});

test('headers count down and tell a refused caller when to come back', () => {
  const clock = manualClock();
  const limiter = new RateLimiter({ max: 2, windowMs: 5000 }, clock);
  const first = limiter.take('a').headers;
  assert.deepEqual(first, { 'ratelimit-limit': '2', 'ratelimit-policy': '2;w=5', 'ratelimit-remaining': '1', 'ratelimit-reset': '5' });
  limiter.take('a');
  clock.advance(3500);
  const refused = limiter.take('a').headers;
  assert.equal(refused['ratelimit-remaining'], '0');
  assert.equal(refused['retry-after'], '2');
});

test('a key that has used up its window answers 429 while another key goes on', async (t) => {
  const service = mailService(t, { rateLimit: { max: 3, windowMs: 1000 } });
  for (let sent = 0; sent < 3; sent += 1) assert.equal((await service.send({}, { key: KEYS.sending })).status, 200);
  const refused = await service.send({}, { key: KEYS.sending });
  assert.equal(refused.status, 429);
  assert.equal(refused.body.name, 'rate_limit_exceeded');
  assert.equal(refused.headers.get('retry-after'), '1');
  const others = await service.call('GET', '/emails');
  assert.equal(others.status, 200);
  assert.equal(others.body.data.length, 3);
  service.clock.advance(1000);
  assert.equal((await service.send({}, { key: KEYS.sending })).status, 200);
});

test('refused requests carry the limit headers too, and callers without a valid key share one window', async (t) => {
  const service = mailService(t, { rateLimit: { max: 2, windowMs: 1000 } });
  const missing = await service.call('GET', '/emails', { key: null });
  const wrong = await service.call('GET', '/emails', { key: 're_wrong' });
  assert.deepEqual([missing.status, missing.headers.get('ratelimit-remaining')], [401, '1']);
  assert.deepEqual([wrong.status, wrong.headers.get('ratelimit-remaining')], [403, '0']);
  assert.equal((await service.call('GET', '/emails', { key: 're_other' })).status, 429);
});
