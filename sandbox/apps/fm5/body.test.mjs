import assert from 'node:assert/strict';
import test from 'node:test';
import { MOST_BYTES, readBody, TooLarge } from './src/files/body.ts';

const MEBIBYTE = new Uint8Array(1024 * 1024);

/** @param {number} mebibytes @param {Record<string, string>} [headers] */
function upload(mebibytes, headers = {}) {
  let sent = 0;
  const body = new ReadableStream({ pull: (controller) => (sent++ < mebibytes ? controller.enqueue(MEBIBYTE) : controller.close()) }, { highWaterMark: 0 });
  // Node wants to be told that the body is sent before the answer is read; Workers have no such option.
  const options = /** @type {RequestInit} */ ({ method: 'PUT', body, headers, ...{ duplex: 'half' } });
  const request = new Request('https://fm5.test/', options);
  return { request, sent: () => Math.min(sent, mebibytes) };
}

test('no body is an empty file', async () => {
  assert.deepEqual(await readBody(new Request('https://fm5.test/', { method: 'PUT' })), new Uint8Array());
});

test('a body of declared length is passed on as a stream', async () => {
  const { request } = upload(25, { 'content-length': String(MOST_BYTES) });
  assert.equal(await readBody(request), request.body);
});

test('a body of unknown length is collected, up to the limit', async () => {
  const bytes = await readBody(upload(25).request);
  assert.ok(bytes instanceof Uint8Array);
  assert.equal(bytes.byteLength, MOST_BYTES);
});

test('a larger body is refused after it was read, so that its sender sees the answer', async () => {
  const unknown = upload(26);
  await assert.rejects(readBody(unknown.request), TooLarge);
  assert.equal(unknown.sent(), 26);
  const declared = upload(26, { 'content-length': String(26 * MEBIBYTE.length) });
  await assert.rejects(readBody(declared.request), TooLarge);
  assert.equal(declared.sent(), 26);
});

test('an endless body is not read for ever', async () => {
  const endless = upload(Number.POSITIVE_INFINITY);
  await assert.rejects(readBody(endless.request), TooLarge);
  assert.ok(endless.sent() <= 52, `${endless.sent()} MiB were read`);
});
