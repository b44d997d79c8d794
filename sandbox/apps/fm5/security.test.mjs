import assert from 'node:assert/strict';
import test from 'node:test';
import { rawPath } from './src/app.ts';
import { SECURITY_HEADERS, seal } from './src/security.ts';

test('every response gets the security headers and the version, and keeps its own', () => {
  const response = new Response('body', { status: 418, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['etag', '"x"']] });
  const sealed = seal(response, 'version-id');
  assert.equal(sealed.status, 418);
  assert.deepEqual(sealed.headers.getSetCookie(), ['a=1', 'b=2']);
  assert.equal(sealed.headers.get('etag'), '"x"');
  assert.equal(sealed.headers.get('x-version-id'), 'version-id');
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(sealed.headers.get(name), value);
});

test('a redirect, whose headers cannot be changed, is sealed too', () => {
  const sealed = seal(Response.redirect('https://fm5.test/sign-in', 302), 'version-id');
  assert.equal(sealed.headers.get('location'), 'https://fm5.test/sign-in');
  assert.equal(sealed.headers.get('x-frame-options'), 'DENY');
});

test('the policy allows own files and nothing else', () => {
  const policy = new Map((SECURITY_HEADERS['Content-Security-Policy'] ?? '').split('; ').map((part) => [part.slice(0, part.indexOf(' ')), part.slice(part.indexOf(' ') + 1)]));
  assert.equal(policy.get('default-src'), "'none'");
  assert.equal(policy.get('frame-ancestors'), "'none'");
  for (const [directive, sources] of policy) assert.match(sources, /^'(self|none)'$/, directive);
});

test('the path is taken as it was sent', () => {
  const path = (/** @type {string} */ url) => rawPath(/** @type {Request} */ ({ url }));
  assert.equal(path('https://fm5.test/api/files/a%2520b?x=/y#z'), '/api/files/a%2520b');
  assert.equal(path('https://fm5.test/api/files/a%0Ab'), '/api/files/a%0Ab');
  assert.equal(path('https://fm5.test'), '/');
  assert.equal(path('https://fm5.test/?a=1'), '/');
});
