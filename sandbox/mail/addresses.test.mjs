import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefused, outcomeOf, parseMailbox } from './addresses.mjs';

/** @param {string[]} texts */
const outcome = (...texts) => outcomeOf(texts.map((text) => parseMailbox(text) ?? assert.fail(text)));

test('plain and named addresses are read, without case', () => {
  assert.deepEqual(parseMailbox('Ada@Acme.test'), { address: 'ada@acme.test', domain: 'acme.test' });
  assert.deepEqual(parseMailbox(' Ada L. <ada+x@mail.acme.test> '), { address: 'ada+x@mail.acme.test', domain: 'mail.acme.test' });
});

for (const text of ['', 'ada', 'ada@', '@acme.test', 'ada@localhost', 'ada@acme..test', 'a b@acme.test', 'Ada ada@acme.test', 'Ada <ada@acme.test', '<>', 'ada@acme.test, bob@acme.test', 'Ada\n<ada@acme.test>', 'ａｄａ@acme.test', `${'a'.repeat(65)}@acme.test`]) {
  test(`${JSON.stringify(text).slice(0, 40)} is no address`, () => assert.equal(parseMailbox(text), null));
}

test('test addresses stand for their event, with any label', () => {
  for (const event of /** @type {const} */ (['delivered', 'bounced', 'complained', 'suppressed'])) {
    assert.equal(outcome(`${event}@resend.dev`), event);
    assert.equal(outcome(`Someone <${event.toUpperCase()}+run42+x@resend.dev>`), event);
  }
});

test('any other address is delivered to, also one that only looks like a test address', () => {
  assert.equal(outcome('bounced@acme.test'), 'delivered');
  assert.equal(outcome('bouncedx@resend.dev'), 'delivered');
});

test('of several recipients the worst outcome counts', () => {
  assert.equal(outcome('delivered@resend.dev', 'suppressed@resend.dev', 'bounced@resend.dev', 'complained@resend.dev'), 'bounced');
});

test('reserved domains are refused, their subdomains are not', () => {
  const refused = (/** @type {string} */ text) => isRefused(parseMailbox(text) ?? assert.fail(text));
  assert.deepEqual(['a@example.com', 'a@TEST.com', 'a@mail.example.com', 'a@acme.test'].map(refused), [true, true, false, false]);
});
