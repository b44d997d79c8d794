import assert from 'node:assert/strict';
import test from 'node:test';
import { attachment, decodeName, encodeName, isValidName, keyOf } from './src/files/names.ts';

const TRICKY = [
  'a b', 'a+b', 'a%20b', 'a%2520b', '100%', '%zz', 'x!y\'(z)*', 'q?x#y&z=1;~', 'back\\slash', '"quoted"', '\u00fc', 'u\u0308', '日本語.txt', '😀',
  ' ', '...', '..a', '\u2028', '\ufffe', '\u{10ffff}',
];

test('a name survives its encoding', () => {
  for (const name of TRICKY) assert.equal(decodeName(encodeName(name)), name);
});

test('an encoded name is one path segment of unreserved characters', () => {
  for (const name of TRICKY) assert.match(encodeName(name), /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+$/);
});

test('names that differ only by encoding have different keys', () => {
  assert.equal(new Set(TRICKY.map((name) => keyOf('member', name))).size, TRICKY.length);
});

test('a segment is decoded once, and a plus is a plus', () => {
  assert.equal(decodeName('a%2520b'), 'a%20b');
  assert.equal(decodeName('a+b'), 'a+b');
});

test('what is no single visible path segment is refused', () => {
  for (const name of ['', '.', '..', '/', 'a/b', '../x', '\0', 'a\nb', '\x7f', '\x85', '\ud800', 'a\udfff']) {
    assert.equal(isValidName(name), false, JSON.stringify(name));
  }
  for (const segment of ['', '%2F', 'a%2fb', '%2e%2E', '%00', '%0A', '%ff', '%', '%E0%A4']) assert.equal(decodeName(segment), null, segment);
});

test('the limit counts characters, and the longest key fits into 1024 bytes', () => {
  assert.equal(isValidName('😀'.repeat(200)), true);
  assert.equal(isValidName('😀'.repeat(201)), false);
  assert.equal(isValidName('x'.repeat(200)), true);
  assert.equal(isValidName('x'.repeat(201)), false);
  assert.ok(Buffer.byteLength(keyOf('m'.repeat(32), '😀'.repeat(200))) <= 1024);
});

test('a download keeps its name, whatever the program understands', () => {
  assert.equal(attachment('na"me\\ 50% ü.txt'), `attachment; filename="na_me_ 50_ _.txt"; filename*=UTF-8''na%22me%5C%2050%25%20%C3%BC.txt`);
  for (const name of TRICKY) assert.doesNotThrow(() => new Headers({ 'content-disposition': attachment(name) }));
});
