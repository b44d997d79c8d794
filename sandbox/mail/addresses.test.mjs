import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefused, outcomeOf, parseMailbox } from './addresses.mjs';

/** @param {string[]} texts */
const outcome = (...texts) => outcomeOf(texts.map((text) => parseMailbox(text) ?? assert.fail(text)));

test('plain and named addresses are read, without case', () => {
  assert.deepEqual(parseMailbox('Ada@FM5.test'), { address: 'ada@fm5.test', domain: 'fm5.test' });
  assert.deepEqual(parseMailbox(' Ada L. <ada+x@mail.fm5.test> '), { address: 'ada+x@mail.fm5.test', domain: 'mail.fm5.test' });
});

for (const text of ['', 'ada', 'ada@', '@fm5.test', 'ada@localhost', 'ada@fm5..test', 'a b@fm5.test', 'Ada ada@fm5.test', 'Ada <ada@fm5.test', '<>', 'ada@fm5.test, bob@fm5.test', 'Ada\n<ada@fm5.test>', 'ａｄａ@fm5.test', `${'a'.repeat(65)}@fm5.test`]) {
  test(`${JSON.stringify(text).slice(0, 40)} is no address`, () => assert.equal(parseMailbox(text), null));
}

test('test addresses stand for their event, with any label', () => {
  for (const event of /** @type {const} */ (['delivered', 'bounced', 'complained', 'suppressed'])) {
    assert.equal(outcome(`${event}@resend.dev`), event);
    assert.equal(outcome(`Someone <${event.toUpperCase()}+run42+x@resend.dev>`), event);
  }
});

test('any other address is delivered to, also one that only looks like a test address', () => {
  assert.equal(outcome('bounced@fm5.test'), 'delivered');
  assert.equal(outcome('bouncedx@resend.dev'), 'delivered');
});

test('of several recipients the worst outcome counts', () => {
  assert.equal(outcome('delivered@resend.dev', 'suppressed@resend.dev', 'bounced@resend.dev', 'complained@resend.dev'), 'bounced');
});

test('reserved domains are refused, their subdomains are not', () => {
  const refused = (/** @type {string} */ text) => isRefused(parseMailbox(text) ?? assert.fail(text));
  assert.deepEqual(['a@example.com', 'a@TEST.com', 'a@mail.example.com', 'a@fm5.test'].map(refused), [true, true, false, false]);
});
