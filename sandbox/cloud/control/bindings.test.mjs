import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changedSecrets, checkBindings, publicBinding, resolveBindings } from './bindings.mjs';

/** @param {import('../types.d.ts').Binding[]} bindings @returns {import('../types.d.ts').VersionRecord} */
const version = (bindings, id = 'v1') => ({
  id,
  number: 1,
  created_on: '',
  source: 'wrangler',
  annotations: {},
  modules: [],
  bindings,
  compatibility_date: '',
  compatibility_flags: [],
  startup_time_ms: 0,
});
const secret = (/** @type {string} */ name, text = 'x') => ({ name, type: 'secret_text', text });

test('an inherited binding takes the value of the version before, under its new name', () => {
  const before = version([secret('OLD', 'value')]);
  assert.deepEqual(
    resolveBindings([{ name: 'NEW', type: 'inherit', old_name: 'OLD' }], [], () => before),
    [secret('NEW', 'value')],
  );
});

test('an inherited binding that the version before lacks is refused with 10057', () => {
  assert.throws(() => resolveBindings([{ name: 'NEW', type: 'inherit' }], [], () => undefined), { code: 10057, message: /"NEW"/ });
});

test('kept kinds are carried over unless the upload binds the name itself', () => {
  const before = version([secret('KEPT'), secret('OVERRIDDEN', 'old'), { name: 'VAR', type: 'plain_text', text: 'gone' }]);
  const bindings = resolveBindings([secret('OVERRIDDEN', 'new')], ['secret_text', 'secret_key'], () => before);
  assert.deepEqual(bindings, [secret('OVERRIDDEN', 'new'), secret('KEPT')]);
});

const known = {
  script: 'staging',
  hyperdrives: { abc: 'postgres://' },
  hasBucket: (/** @type {string} */ name) => name !== 'typo',
  bucketOwner: (/** @type {string} */ name) => (name === 'new' ? undefined : name === 'production-files' ? 'production' : 'staging'),
};

test('every kind that the sandbox has is accepted', () => {
  checkBindings(
    [
      secret('S'),
      { name: 'P', type: 'plain_text', text: '' },
      { name: 'J', type: 'json', json: 1 },
      { name: 'V', type: 'version_metadata' },
      { name: 'H', type: 'hyperdrive', id: 'abc' },
      { name: 'R', type: 'r2_bucket', bucket_name: 'files' },
      { name: 'N', type: 'r2_bucket', bucket_name: 'new' },
    ],
    known,
  );
});

test('what the sandbox has not got is refused with 10021, all of it at once', () => {
  const bindings = [
    { name: 'KV', type: 'kv_namespace' },
    { name: 'DB', type: 'hyperdrive', id: 'toString' },
    { name: 'TYPO', type: 'r2_bucket', bucket_name: 'typo' },
    { name: 'FOREIGN', type: 'r2_bucket', bucket_name: 'production-files' },
  ];
  assert.throws(() => checkBindings(bindings, known), {
    code: 10021,
    message: /KV is of type kv_namespace.*Hyperdrive toString.*typo, which does not exist.*production keeps/s,
  });
});

test('changed secrets are those set, deleted or given another value', () => {
  const before = version([secret('SAME'), secret('CHANGED', 'old'), secret('DELETED')]);
  const after = version([secret('SAME'), secret('CHANGED', 'new'), secret('ADDED'), { name: 'VAR', type: 'plain_text', text: 'v' }]);
  assert.deepEqual(changedSecrets(before, after), ['ADDED', 'CHANGED', 'DELETED']);
});

test('a secret is never shown', () => {
  assert.deepEqual(publicBinding(secret('S', 'hidden')), { name: 'S', type: 'secret_text' });
});
