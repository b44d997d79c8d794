import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runtimeBindings } from './options.mjs';

/** @param {import('../types.d.ts').Binding[]} bindings */
const loaded = (bindings) => ({
  record: {
    id: 'v1',
    number: 1,
    created_on: 'then',
    source: '',
    annotations: { 'workers/tag': 'first' },
    modules: [],
    bindings,
    compatibility_date: '',
    compatibility_flags: [],
    startup_time_ms: 0,
  },
  modules: [],
});
const config = /** @type {import('../types.d.ts').CloudConfig} */ (
  /** @type {unknown} */ ({ hyperdrives: { db: 'postgres://role:word@127.0.0.1:5432/acme' } })
);

test('each kind of binding becomes what the runtime understands', () => {
  assert.deepEqual(
    runtimeBindings(
      loaded([
        { name: 'TEXT', type: 'plain_text', text: 't' },
        { name: 'SECRET', type: 'secret_text', text: 's' },
        { name: 'JSON', type: 'json', json: { a: [1] } },
        { name: 'META', type: 'version_metadata' },
        { name: 'FILES', type: 'r2_bucket', bucket_name: 'files' },
        { name: 'DB', type: 'hyperdrive', id: 'db' },
      ]),
      config,
    ),
    {
      bindings: { TEXT: 't', SECRET: 's', JSON: { a: [1] }, META: { id: 'v1', tag: 'first', timestamp: 'then' } },
      r2Buckets: { FILES: 'files' },
      hyperdrives: { DB: 'postgres://role:word@127.0.0.1:5432/acme' },
    },
  );
});

test('a Hyperdrive that left the configuration is named', () => {
  assert.throws(() => runtimeBindings(loaded([{ name: 'DB', type: 'hyperdrive', id: 'gone' }]), config), /Hyperdrive gone/);
});
