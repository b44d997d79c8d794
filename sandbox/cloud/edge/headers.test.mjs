import assert from 'node:assert/strict';
import { test } from 'node:test';

import { headerPairs, requestHeaders, responseHeaders } from './headers.mjs';

const facts = { peer: '127.0.0.7', ray: 'ray', chunked: false, cloudflare: true };
/** @param {string[]} raw @param {string} name */
const values = (raw, name) =>
  headerPairs(raw)
    .filter(([header]) => header.toLowerCase() === name)
    .map(([, value]) => value);

test('a client cannot say who it is, nor command the runtime', () => {
  const forged = [
    'CF-Connecting-IP',
    '6.6.6.6',
    'x-forwarded-for',
    '6.6.6.6',
    'X-Real-IP',
    '6.6.6.6',
    'True-Client-IP',
    '6.6.6.6',
    'CF-Ray',
    'x',
    'MF-Route-Override',
    'other',
    'X-Forwarded-Proto',
    'http',
    'CF-IPCountry',
    'NL',
  ];
  const sent = requestHeaders(forged, facts);
  assert.deepEqual(values(sent, 'x-forwarded-for'), ['6.6.6.6, 127.0.0.7'], 'what a client claims stays, ahead of the truth');
  for (const name of ['cf-connecting-ip', 'x-real-ip']) assert.deepEqual(values(sent, name), ['127.0.0.7'], name);
  assert.deepEqual(values(sent, 'x-forwarded-proto'), ['https']);
  assert.deepEqual(values(sent, 'cf-ray'), ['ray']);
  assert.deepEqual([...values(sent, 'true-client-ip'), ...values(sent, 'mf-route-override')], []);
});

test('everything else passes, repeated headers too', () => {
  const sent = requestHeaders(
    ['Cookie', 'a=1', 'Accept', 'x', 'Accept', 'y', 'Cloudflare-Workers-Version-Key', 'k', 'Expect', '100-continue', 'Connection', 'close'],
    facts,
  );
  assert.deepEqual(values(sent, 'accept'), ['x', 'y']);
  assert.deepEqual(values(sent, 'cloudflare-workers-version-key'), ['k']);
  assert.deepEqual([...values(sent, 'expect'), ...values(sent, 'connection')], []);
});

test('a stand-in is not told what only a Worker learns', () => {
  const sent = requestHeaders(['Host', 'api.resend.com'], { ...facts, cloudflare: false });
  assert.deepEqual(values(sent, 'cf-connecting-ip'), []);
  assert.deepEqual(values(sent, 'x-forwarded-for'), ['127.0.0.7']);
});

test('an answer keeps its cookies apart and carries the ray of the edge', () => {
  const answered = responseHeaders(
    ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Connection', 'close', 'Transfer-Encoding', 'chunked', 'CF-Ray', 'old'],
    'new',
  );
  assert.deepEqual(values(answered, 'set-cookie'), ['a=1', 'b=2']);
  assert.deepEqual(values(answered, 'cf-ray'), ['new']);
  assert.deepEqual([...values(answered, 'connection'), ...values(answered, 'transfer-encoding')], []);
});
