import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ConfigError, parseConfig } from './config.mjs';

const good = {
  state: '/tmp/x',
  account: { id: 'a', name: 'n', subdomain: 's', email: 'e@x.test' },
  token: 'secret-token',
  tls: { key: 'k', cert: 'c' },
  zone: 'workers.test',
  hosts: { 'a.test': 'a' },
  s3: { host: 'files.test' },
  buckets: { b: { script: 'a', accessKeyId: 'i', secretAccessKey: 's' } },
};

test('a complete configuration is accepted, and what may be left out is empty', () => {
  const config = parseConfig(JSON.stringify(good));
  assert.deepEqual([config.hyperdrives, config.outbound, config.proxied], [{}, {}, {}]);
});

test('all mistakes are named at once, without quoting values', () => {
  const bad = {
    ...good,
    token: '',
    hosts: { 'a.test': 1 },
    buckets: { b: { script: 'a' } },
    outbound: { 'x.test': 'http://secret.example' },
    hyperdrives: { db: 'postgres://role:secret%2Fword@127.0.0.1/x' },
  };
  assert.throws(
    () => parseConfig(JSON.stringify(bad)),
    (error) => {
      assert.ok(error instanceof ConfigError);
      for (const part of ['token', 'hosts', 'buckets.b.accessKeyId', 'buckets.b.secretAccessKey', 'outbound.x.test', 'hyperdrives.db'])
        assert.ok(error.message.includes(part), part);
      assert.ok(!/secret\.example|secret%2F/.test(error.message));
      return true;
    },
  );
});

test('a line that is not a JSON object is refused', () => {
  assert.throws(() => parseConfig('{'), /not JSON/);
  assert.throws(() => parseConfig('[]'), /not a JSON object/);
});
