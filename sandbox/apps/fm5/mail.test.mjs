import assert from 'node:assert/strict';
import test from 'node:test';
import { confirmation, passwordReset } from './src/mail/letters.ts';
import { send } from './src/mail/send.ts';

const LINK = 'https://fm5.test/api/auth/verify-email?token=t0ken&callbackURL=%2Fverified';
const ENV = /** @type {import('./src/env.ts').Env} */ ({ RESEND_API_KEY: 're_key', MAIL_FROM: 'FM5 <hello@mail.fm5.test>' });

/** @param {import('node:test').TestContext} t @param {Response[]} answers */
function resend(t, ...answers) {
  /** @type {{ key: string | null, body: any }[]} */
  const seen = [];
  t.mock.method(globalThis, 'fetch', async (/** @type {string} */ _url, /** @type {RequestInit} */ init) => {
    seen.push({ key: new Headers(init.headers).get('idempotency-key'), body: JSON.parse(String(init.body)) });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('fetch failed');
    return answer;
  });
  return seen;
}

/** @param {number} statusCode @param {string} name @param {Record<string, string>} [headers] */
const refusal = (statusCode, name, headers = {}) => Response.json({ statusCode, name, message: name }, { status: statusCode, headers });

test('letters hold their link in text and markup, and no other', () => {
  for (const letter of [confirmation('ann@fm5.test', LINK), passwordReset('ann@fm5.test', LINK)]) {
    assert.deepEqual(letter.text.match(/https?:\/\/\S+/g), [LINK]);
    assert.deepEqual(letter.html.match(/https?:\/\/[^"<]+/g), [LINK.replace('&', '&amp;')]);
  }
});

test('a link cannot break out of the markup', () => {
  assert.doesNotMatch(confirmation('ann@fm5.test', 'https://fm5.test/"><script>').html, /<script/);
});

test('a letter that is refused for the moment is sent again under the same key', async (t) => {
  const seen = resend(t, refusal(429, 'rate_limit_exceeded', { 'retry-after': '0.01' }), Response.json({ id: 'mail' }));
  await send(ENV, confirmation('ann@fm5.test', LINK));
  assert.equal(seen.length, 2);
  assert.ok(seen[0]?.key);
  assert.equal(seen[0]?.key, seen[1]?.key);
  assert.equal(seen[1]?.body.from, 'FM5 <hello@mail.fm5.test>');
  assert.equal(seen[1]?.body.to, 'ann@fm5.test');
});

test('a letter that is refused for good is not sent again, and the error tells no secrets', async (t) => {
  const seen = resend(t, refusal(422, 'validation_error'));
  await assert.rejects(send(ENV, confirmation('ann@fm5.test', LINK)), (/** @type {Error} */ error) => {
    assert.equal(error.message, 'mail "Confirm your address" was not accepted: 422 validation_error');
    return true;
  });
  assert.equal(seen.length, 1);
});
