import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { temporary } from '../testing/cloud.mjs';
import { Store } from './store.mjs';

/** @param {string} name */
const record = (name) => ({
  name,
  tag: '',
  created_on: '',
  tags: [],
  subdomain: { enabled: true, previews_enabled: true },
  schedules: [],
  settings: {},
  versions: [],
  deployments: [],
});

test('what is saved is there after a restart, and nothing half-written is left', async (t) => {
  const root = temporary(t);
  const store = await Store.open(root);
  await store.saveScript(record('app'));
  await store.saveScript({ ...record('app'), tags: ['second'] });
  await store.saveBucket({ name: 'files', creation_date: 'today', script: 'app' });
  const again = await Store.open(root);
  assert.deepEqual(again.scripts.get('app')?.tags, ['second']);
  assert.equal(again.buckets.get('files')?.script, 'app');
  assert.deepEqual(readdirSync(join(root, 'scripts')), ['app.json']);
});

test('files that hold secrets are for their owner only', { skip: process.platform === 'win32' }, async (t) => {
  const root = temporary(t);
  await (await Store.open(root)).saveScript(record('app'));
  assert.equal(statSync(join(root, 'scripts/app.json')).mode & 0o077, 0);
});

test('modules are kept once by content and read back byte for byte', async (t) => {
  const store = await Store.open(temporary(t));
  const bytes = new Uint8Array([0, 255, 10]);
  const sha256 = await store.putModule(bytes);
  assert.equal(await store.putModule(bytes), sha256);
  const version = {
    id: 'v',
    number: 1,
    created_on: '',
    source: '',
    annotations: {},
    bindings: [],
    compatibility_date: '',
    compatibility_flags: [],
    startup_time_ms: 0,
    modules: [{ name: 'a.bin', type: /** @type {const} */ ('Data'), sha256 }],
  };
  assert.deepEqual([...((await store.load(version)).modules[0]?.contents ?? [])], [0, 255, 10]);
});

test('a file that is no JSON is named', async (t) => {
  const root = temporary(t);
  await Store.open(root);
  writeFileSync(join(root, 'scripts/app.json'), '{');
  await assert.rejects(Store.open(root), /app\.json cannot be read/);
});
