import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import test from 'node:test';
import { parseConfig } from './config.mjs';
import { silent } from './log.mjs';
import { createService } from './service.mjs';

const REDIRECT = 'https://staging.acme.test/api/auth/callback/github';
const GOOGLE = 'https://staging.acme.test/api/auth/callback/google';
const VERIFIER = 'a-verifier-that-is-long-enough-to-be-one-0123456789';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const CONFIG = parseConfig(
  JSON.stringify({
    clients: [
      { provider: 'github', id: 'hub', secret: 'hub-secret', redirects: [REDIRECT] },
      { provider: 'google', id: 'goo', secret: 'goo-secret', redirects: [GOOGLE] },
    ],
  }),
);
/** @param {Response | Promise<Response>} answer @returns {Promise<any>} */
const json = async (answer) => (await answer).json();
let clock = 1_800_000_000_000;
const ask = await createService(CONFIG, { log: silent, now: () => clock });
const get = (/** @type {string} */ url, headers = {}) => ask(new Request(url, { headers: { 'user-agent': 'test', ...headers } }));
const post = (/** @type {string} */ url, /** @type {Record<string, string>} */ fields) =>
  ask(new Request(url, { method: 'POST', headers: { accept: 'application/json' }, body: new URLSearchParams(fields) }));

/** @param {Record<string, string>} [changes] */
const hub = (changes = {}) => authorize('https://github.com/login/oauth/authorize', { client_id: 'hub', redirect_uri: REDIRECT, scope: 'read:user user:email', ...changes });
/** @param {Record<string, string>} [changes] */
const goo = (changes = {}) => authorize('https://accounts.google.com/o/oauth2/v2/auth', { client_id: 'goo', redirect_uri: GOOGLE, scope: 'email profile openid', ...changes });

/** @param {string} base @param {Record<string, string>} fields */
function authorize(base, fields) {
  const all = { response_type: 'code', state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256', ...fields };
  return `${base}?${new URLSearchParams(Object.entries(all).filter(([, value]) => value !== ''))}`;
}

/** Presses the button. @param {string} url @returns {Promise<URL>} where it leads */
async function consent(url) {
  const page = await (await get(url)).text();
  const [, request = ''] = /name="request" value="([^"]+)"/.exec(page) ?? [];
  assert.match(page, /Continue as Ada Example/);
  const answer = await post(url.split('?')[0] ?? '', { request, name: 'Ann', email: 'ann@acme.test' });
  assert.equal(answer.status, 302);
  return new URL(answer.headers.get('location') ?? '');
}

/** @param {string} code @param {Record<string, string>} [changes] */
const exchange = async (code, changes = {}) =>
  json(post('https://github.com/login/oauth/access_token', { client_id: 'hub', client_secret: 'hub-secret', code, redirect_uri: REDIRECT, code_verifier: VERIFIER, ...changes }));

test('GitHub tells who the person is, to the bearer of a token', async () => {
  const back = await consent(hub());
  assert.equal(back.origin + back.pathname, REDIRECT);
  assert.equal(back.searchParams.get('state'), 's');
  const { access_token: token } = await exchange(back.searchParams.get('code') ?? '');
  const bearer = { authorization: `Bearer ${token}` };
  assert.equal((await json(get('https://api.github.com/user', bearer))).name, 'Ann');
  assert.deepEqual(await json(get('https://api.github.com/user/emails', bearer)), [{ email: 'ann@acme.test', primary: true, verified: true, visibility: 'private' }]);
  assert.equal((await get('https://api.github.com/user', { authorization: 'Bearer gho_other' })).status, 401);
  assert.equal((await ask(new Request('https://api.github.com/user', { headers: bearer }))).status, 403, 'without a User-Agent');
});

test('GitHub hides addresses from those who did not ask for them', async () => {
  const { access_token: token } = await exchange((await consent(hub({ scope: 'read:user' }))).searchParams.get('code') ?? '');
  assert.equal((await get('https://api.github.com/user/emails', { authorization: `Bearer ${token}` })).status, 404);
});

test('a code works once, and its second use ends the first token', async () => {
  const code = (await consent(hub())).searchParams.get('code') ?? '';
  const { access_token: token } = await exchange(code);
  assert.equal((await exchange(code)).error, 'bad_verification_code');
  assert.equal((await get('https://api.github.com/user', { authorization: `Bearer ${token}` })).status, 401);
});

for (const [what, changes, error] of /** @type {const} */ ([
  ['another verifier', { code_verifier: 'another' }, 'bad_verification_code'],
  ['no verifier', { code_verifier: '' }, 'bad_verification_code'],
  ['another secret', { client_secret: 'no' }, 'incorrect_client_credentials'],
  ['another redirect_uri', { redirect_uri: `${REDIRECT}/` }, 'redirect_uri_mismatch'],
])) {
  test(`a code is worth nothing with ${what}`, async () => {
    assert.equal((await exchange((await consent(hub())).searchParams.get('code') ?? '', changes)).error, error);
  });
}

test('a code lives ten minutes', async () => {
  const code = (await consent(hub())).searchParams.get('code') ?? '';
  clock += 10 * 60_000 + 1;
  assert.equal((await exchange(code)).error, 'bad_verification_code');
});

test('a page is answered once', async () => {
  const [, request = ''] = /name="request" value="([^"]+)"/.exec(await (await get(hub())).text()) ?? [];
  const press = () => post('https://github.com/login/oauth/authorize', { request, name: 'Ann', email: 'ann@acme.test' });
  assert.deepEqual([(await press()).status, (await press()).status], [302, 400]);
});

test('a redirect_uri has to be the registered one', async () => {
  const mismatch = await get(hub({ redirect_uri: `${REDIRECT}?x=1` }));
  assert.match(mismatch.headers.get('location') ?? '', /^https:\/\/staging\.acme\.test\/api\/auth\/callback\/github\?error=redirect_uri_mismatch/);
  const shown = await get(goo({ redirect_uri: GOOGLE.replace('https', 'http') }));
  assert.equal(shown.status, 400);
  assert.match(await shown.text(), /redirect_uri_mismatch/);
});

for (const [what, url, status] of /** @type {const} */ ([
  ['an unknown application', hub({ client_id: 'x' }), 404],
  ['no state', hub({ state: '' }), 400],
  ['a plain challenge', hub({ code_challenge_method: 'plain' }), 400],
  ['no openid', goo({ scope: 'email' }), 400],
  ['an unknown application of Google', goo({ client_id: 'hub' }), 401],
])) {
  test(`refused: ${what}`, async () => assert.equal((await get(url)).status, status));
}

test('Google signs who the person is with a published key', async () => {
  const code = (await consent(goo({ nonce: 'n' }))).searchParams.get('code') ?? '';
  const fields = { grant_type: 'authorization_code', client_id: 'goo', client_secret: 'goo-secret', code, redirect_uri: GOOGLE, code_verifier: VERIFIER };
  const { id_token: idToken, access_token: token } = await json(post('https://oauth2.googleapis.com/token', fields));
  const [header, claims, signature] = idToken.split('.');
  const { keys } = await json(get('https://www.googleapis.com/oauth2/v3/certs'));
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const key = createPublicKey({ format: 'jwk', key: keys.find((/** @type {any} */ entry) => entry.kid === kid) });
  assert.ok(verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')));
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString());
  assert.deepEqual([said.iss, said.aud, said.email, said.email_verified, said.nonce], ['https://accounts.google.com', 'goo', 'ann@acme.test', true, 'n']);
  assert.equal((await json(get('https://openidconnect.googleapis.com/v1/userinfo', { authorization: `Bearer ${token}` }))).sub, said.sub);
  assert.equal((await post('https://oauth2.googleapis.com/token', fields)).status, 400);
  assert.equal((await post('https://oauth2.googleapis.com/token', { ...fields, client_secret: 'no' })).status, 401);
  assert.equal((await get('https://openidconnect.googleapis.com/v1/userinfo', { authorization: 'Bearer no' })).status, 401);
});

test('another host is not answered for', async () => assert.equal((await get('https://gitlab.com/')).status, 421));

test('a configuration that cannot be used is named without its values', () => {
  assert.throws(() => parseConfig('{"clients":[{"provider":"x","id":"a","secret":"top secret","redirects":["http://a"]}]}'), (/** @type {Error} */ { message }) => {
    assert.match(message, /provider must be.*secret must be.*redirects must be/);
    assert.doesNotMatch(message, /top/);
    return true;
  });
});
