import assert from 'node:assert/strict';
import test from 'node:test';
import { download } from './src/files/download.ts';

/** @param {string} etag @param {string} text */
const stored = (etag, text) => ({
  etag,
  httpEtag: `"${etag}"`,
  size: text.length,
  uploaded: new Date(0),
  httpMetadata: { contentType: 'text/plain' },
  customMetadata: { color: 'blue' },
});

test('a part never mixes two versions of a file that is overwritten meanwhile', async () => {
  // First look: the old version. When its part is asked for, the new one is there already.
  const heads = [stored('old', 'oldold'), stored('new', 'newer text')];
  const bucket = {
    head: async () => heads.shift() ?? null,
    get: async (/** @type {string} */ _key, /** @type {R2GetOptions} */ options) => {
      const { etagMatches } = /** @type {R2Conditional} */ (options.onlyIf);
      const { offset = 0, length } = /** @type {{ offset?: number, length?: number }} */ (options.range);
      const now = stored('new', 'newer text');
      return etagMatches === 'new' ? { ...now, body: 'newer text'.slice(offset, offset + (length ?? 0)) } : now;
    },
  };
  const request = new Request('https://fm5.test/', { headers: { range: 'bytes=0-99' } });
  const response = await download(/** @type {any} */ (bucket), 'key', 'name', request);
  assert.equal(response?.status, 206);
  assert.equal(response?.headers.get('content-range'), 'bytes 0-9/10');
  assert.equal(response?.headers.get('etag'), '"new"');
  assert.equal(await response?.text(), 'newer text');
});

test('what does not exist is nothing, whole, in part or as headers', async () => {
  const bucket = /** @type {any} */ ({ head: async () => null, get: async () => null });
  for (const init of [{}, { method: 'HEAD' }, { headers: { range: 'bytes=0-' } }]) {
    assert.equal(await download(bucket, 'key', 'name', new Request('https://fm5.test/', init)), null);
  }
});
