import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './config.mjs';

const GOOD = {
  keys: { full: 're_full', sending: 're_sending' },
  domains: ['mail.acme.test'],
  owner: 'owner@acme.test',
  deliveryDelayMs: 300,
  rateLimit: { max: 10, windowMs: 1000 },
  state: '/tmp/state',
};

test('a full configuration is read as it is', () => {
  assert.deepEqual(parseConfig(JSON.stringify(GOOD)), { ...GOOD, webhooks: [] });
});

test('an inbox alone has any domain, ports of its own and SMTP', () => {
  const alone = { ...GOOD, domains: ['*'], port: 8025, smtp: { port: 0 } };
  assert.deepEqual(parseConfig(JSON.stringify(alone)), { ...alone, webhooks: [] });
  for (const wrong of [{ port: 70_000 }, { port: '1' }, { smtp: {} }, { smtp: { port: -1 } }]) {
    assert.throws(() => parseConfig(JSON.stringify({ ...GOOD, ...wrong })), /must be a port/);
  }
});

test('delay and limit have values of their own when absent', () => {
  const { deliveryDelayMs, rateLimit, ...rest } = GOOD;
  assert.deepEqual(parseConfig(JSON.stringify(rest)), { ...rest, deliveryDelayMs, rateLimit, webhooks: [] });
});

test('every mistake is named in one message', () => {
  const wrong = { keys: { full: 'a b', sending: '' }, domains: ['Mail'], owner: 'me', deliveryDelayMs: -1, rateLimit: { max: 0 }, state: '', colour: 'red', webhooks: [{ url: 'ftp://x' }] };
  assert.throws(
    () => parseConfig(JSON.stringify(wrong)),
    /** @param {Error} error */ (error) => {
      for (const what of ['keys.full', 'keys.sending', 'domains', 'owner', 'deliveryDelayMs', 'rateLimit.max', 'rateLimit.windowMs', 'state', 'colour', 'webhooks[0].url', 'webhooks[0].secret', 'webhooks[0].events']) {
        assert.ok(error.message.includes(what), `${what} is not in: ${error.message}`);
      }
      return true;
    },
  );
});

test('equal keys are refused', () => {
  assert.throws(() => parseConfig(JSON.stringify({ ...GOOD, keys: { full: 're_x', sending: 're_x' } })), /must differ/);
});

for (const line of ['', 'nonsense', '7', 'null', '[]']) {
  test(`${JSON.stringify(line)} is no configuration, and no value of it is quoted`, () => {
    assert.throws(() => parseConfig(line), /^Error: configuration: (?!.*nonsense)/);
  });
}

test('a message about keys never quotes one', () => {
  assert.throws(
    () => parseConfig(JSON.stringify({ ...GOOD, keys: { full: 're_secret', sending: 're_secret' } })),
    /** @param {Error} error */ (error) => !error.message.includes('re_secret'),
  );
});
