import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hostname, resolveHost, s3Bucket } from './hosts.mjs';

const config = /** @type {import('../types.d.ts').CloudConfig} */ (
  /** @type {unknown} */ ({
    account: { subdomain: 'acme' },
    zone: 'workers.test',
    hosts: { 'staging.acme.test': 'acme-staging' },
    s3: { host: 'files.acme.test' },
    proxied: { 'api.resend.com': 'http://127.0.0.1:1' },
  })
);
/** @param {string} script */
const subdomain = (script) =>
  script === 'plain'
    ? { enabled: true, previews_enabled: true }
    : script === 'quiet'
      ? { enabled: false, previews_enabled: false }
      : undefined;
const resolve = (/** @type {string} */ host) => resolveHost(hostname(host), config, subdomain);

test('a host header is read without port, dot and capitals', () => {
  assert.equal(hostname('Staging.Acme.test.:8443'), 'staging.acme.test');
  assert.equal(hostname('staging.acme.test:443'), 'staging.acme.test');
  assert.equal(hostname('staging.acme.test.'), 'staging.acme.test');
  assert.equal(hostname(undefined), '');
});

test('declared hosts, the S3 host and proxied hosts are told apart', () => {
  assert.deepEqual(resolve('STAGING.acme.test:443'), { kind: 'worker', script: 'acme-staging' });
  assert.deepEqual(resolve('files.acme.test'), { kind: 's3' });
  assert.deepEqual(resolve('api.resend.com'), { kind: 'proxied', base: 'http://127.0.0.1:1' });
});

test('default and preview hosts exist where a script has them', () => {
  assert.deepEqual(resolve('plain.acme.workers.test'), { kind: 'worker', script: 'plain' });
  assert.deepEqual(resolve('0123abcd-plain.acme.workers.test'), { kind: 'worker', script: 'plain', prefix: '0123abcd' });
  for (const host of [
    'quiet.acme.workers.test',
    '0123abcd-quiet.acme.workers.test',
    '0123-plain.acme.workers.test',
    'absent.acme.workers.test',
  ])
    assert.deepEqual(resolve(host), { kind: 'unknown' }, host);
});

test('unknown hosts stay unknown, also those named like a property of every object', () => {
  for (const host of ['evil.test', '', 'constructor', '__proto__', 'acme.test.evil.test'])
    assert.deepEqual(resolve(host), { kind: 'unknown' }, host);
});

test('the bucket of an S3 path', () => {
  assert.equal(s3Bucket('/cdn-cgi/local/r2/s3/files/a/b?x=1'), 'files');
  assert.equal(s3Bucket('/cdn-cgi/local/r2/s3/files?list-type=2'), 'files');
  assert.equal(s3Bucket('/cdn-cgi/local/r2/s3/'), undefined);
  assert.equal(s3Bucket('/cdn-cgi/local/r2/public/files/a'), undefined);
});
