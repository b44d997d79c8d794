import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readUpload } from './upload.mjs';

/** @param {unknown} metadata @param {[name: string, type: string, contents: string][]} modules */
function form(metadata, modules = [['index.js', 'application/javascript+module', 'export default {}']]) {
  const data = new FormData();
  data.set('metadata', typeof metadata === 'string' ? metadata : new Blob([JSON.stringify(metadata)], { type: 'application/json' }));
  for (const [name, type, contents] of modules) data.set(name, new File([contents], name, { type }));
  return data;
}

test('modules come with their types and bytes, the main module first, source maps left out', async () => {
  const upload = await readUpload(
    form(
      {
        main_module: 'index.js',
        bindings: [{ name: 'A', type: 'plain_text', text: 'b' }],
        keep_bindings: ['secret_text'],
        compatibility_date: '2026-10-01',
        compatibility_flags: ['nodejs_compat'],
        annotations: { 'workers/tag': 'v1', 'workers/message': null },
      },
      [
        ['page.html', 'text/plain', '<p>'],
        ['index.js', 'application/javascript+module', 'export default {}'],
        ['add.wasm', 'application/wasm', '\0asm'],
        ['index.js.map', 'application/source-map', '{}'],
      ],
    ),
  );
  assert.deepEqual(
    upload.modules.map(({ name, type }) => [name, type]),
    [
      ['index.js', 'ESModule'],
      ['page.html', 'Text'],
      ['add.wasm', 'CompiledWasm'],
    ],
  );
  assert.equal(new TextDecoder().decode(upload.modules[1]?.contents), '<p>');
  assert.deepEqual(
    [upload.keepBindings, upload.annotations, upload.compatibilityFlags],
    [['secret_text'], { 'workers/tag': 'v1' }, ['nodejs_compat']],
  );
});

test('an upload over the wire is read as wrangler sends it', async () => {
  const request = new Request('http://localhost', { method: 'PUT', body: form({ main_module: 'index.js' }) });
  assert.equal((await readUpload(await request.formData())).modules.length, 1);
});

for (const [what, data, message] of /** @type {[string, FormData, RegExp][]} */ ([
  ['without metadata', new FormData(), /no part named "metadata"/],
  ['with broken metadata', form('{'), /not JSON/],
  ['without a main module', form({}), /names no main_module/],
  ['whose main module is missing', form({ main_module: 'other.js' }), /"other.js" is not among/],
  ['with a module of an unknown type', form({ main_module: 'index.js' }, [['index.js', 'text/x-python', '']]), /text\/x-python/],
  ['with static assets', form({ main_module: 'index.js', assets: {} }), /no static assets/],
  ['in the service-worker syntax', form({ body_part: 'script' }), /service-worker syntax/],
])) {
  test(`an upload ${what} is refused with 10021`, () => assert.rejects(readUpload(data), { code: 10021, status: 400, message }));
}

test('a migration comes with a deployment, never with a version: https://github.com/cloudflare/workers-sdk/issues/15387', async () => {
  const migrated = form({ main_module: 'index.js', migrations: { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Room'] }] } });
  await assert.rejects(readUpload(migrated, { versioned: true }), { code: 10211, status: 400 });
  await assert.rejects(readUpload(migrated), { code: 10021 });
});
