import assert from 'node:assert/strict';
import test from 'node:test';
import { parseRange } from './src/files/ranges.ts';

/** @type {[string, string | undefined, number, ReturnType<typeof parseRange>][]} */
const CASES = [
  ['first byte', 'bytes=0-0', 10, { first: 0, last: 0 }],
  ['inner part', 'bytes=2-5', 10, { first: 2, last: 5 }],
  ['open end', 'bytes=7-', 10, { first: 7, last: 9 }],
  ['everything', 'bytes=0-', 10, { first: 0, last: 9 }],
  ['end beyond the file', 'bytes=8-99', 10, { first: 8, last: 9 }],
  ['suffix', 'bytes=-3', 10, { first: 7, last: 9 }],
  ['suffix longer than the file', 'bytes=-99', 10, { first: 0, last: 9 }],
  ['unit in capitals, blanks', 'Bytes= 1-2 ', 10, { first: 1, last: 2 }],
  ['start at the end', 'bytes=10-', 10, 'unsatisfiable'],
  ['start beyond any number', 'bytes=99999999999999999999999-', 10, 'unsatisfiable'],
  ['empty suffix', 'bytes=-0', 10, 'unsatisfiable'],
  ['empty file', 'bytes=0-', 0, 'unsatisfiable'],
  ['suffix of an empty file', 'bytes=-5', 0, null],
  ['no header', undefined, 10, null],
  ['end before start', 'bytes=5-2', 10, null],
  ['no numbers', 'bytes=-', 10, null],
  ['negative', 'bytes=--1', 10, null],
  ['several', 'bytes=0-1,3-4', 10, null],
  ['another unit', 'lines=0-1', 10, null],
  ['garbage', 'bytes=a-b', 10, null],
];

for (const [what, header, size, expected] of CASES) {
  test(`range: ${what}`, () => assert.deepEqual(parseRange(header, size), expected));
}
