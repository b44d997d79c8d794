import assert from 'node:assert/strict';
import test from 'node:test';
import { metadataHeaders, MOST_METADATA_BYTES, readMetadata } from './src/files/metadata.ts';

test('x-meta headers become metadata with lower case names; others do not', () => {
  const headers = new Headers({ 'X-Meta-Color': 'green & blue', 'x-meta-two': '2', 'x-meta-': 'nameless', 'x-metallic': 'no', accept: '*/*' });
  assert.deepEqual(readMetadata(headers), { color: 'green & blue', two: '2' });
});

test('metadata survives the way to headers and back', () => {
  const metadata = { color: 'green & blue', empty: '', 'a.b_c': '~!@#$%^&*()' };
  assert.deepEqual(readMetadata(new Headers(metadataHeaders(metadata))), metadata);
});

test('what headers cannot carry is refused', () => {
  assert.equal(readMetadata(new Headers({ 'x-meta-a': 'caf\u00e9' })), null);
  assert.deepEqual(readMetadata(new Headers({ 'x-meta-a': 'x'.repeat(MOST_METADATA_BYTES - 1) })), { a: 'x'.repeat(MOST_METADATA_BYTES - 1) });
  assert.equal(readMetadata(new Headers({ 'x-meta-a': 'x'.repeat(MOST_METADATA_BYTES) })), null);
});

test('foreign metadata never breaks a download', () => {
  assert.deepEqual(metadataHeaders({ City: 'Zürich', 'not a name': 'x' }), { 'x-meta-city': '=?utf-8?B?WsO8cmljaA==?=' });
});
