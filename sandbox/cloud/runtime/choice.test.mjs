import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chooseVersion, overridden } from './choice.mjs';

const [a, b] = ['aaaaaaaa-0000-4000-8000-000000000000', 'bbbbbbbb-0000-4000-8000-000000000000'];
const split = [
  { version_id: b, percentage: 10 },
  { version_id: a, percentage: 90 },
];

test('the roll falls into the percentages', () => {
  assert.equal(chooseVersion(split, { script: 'app', roll: 0 }), b);
  assert.equal(chooseVersion(split, { script: 'app', roll: 9.99 }), b);
  assert.equal(chooseVersion(split, { script: 'app', roll: 10 }), a);
  assert.equal(chooseVersion(split, { script: 'app', roll: 99.99 }), a);
});

test('a version at 0 % gets no request by itself', () => {
  const waiting = [
    { version_id: b, percentage: 0 },
    { version_id: a, percentage: 100 },
  ];
  for (const roll of [0, 50, 99.99]) assert.equal(chooseVersion(waiting, { script: 'app', roll }), a);
});

test('percentages that do not quite reach 100 leave no request without a version', () => {
  assert.equal(
    chooseVersion(
      [
        { version_id: a, percentage: 66.66 },
        { version_id: b, percentage: 33.33 },
      ],
      { script: 'app', roll: 99.999 },
    ),
    a,
  );
});

test('the same key always gets the same version, and keys spread over both', () => {
  const halves = [
    { version_id: b, percentage: 50 },
    { version_id: a, percentage: 50 },
  ];
  const chosen = Array.from({ length: 200 }, (_, index) => chooseVersion(halves, { script: 'app', key: `user ${index}` }));
  assert.deepEqual(
    chosen,
    Array.from({ length: 200 }, (_, index) => chooseVersion(halves, { script: 'app', key: `user ${index}` })),
  );
  const share = chosen.filter((id) => id === b).length;
  assert.ok(share > 60 && share < 140, String(share));
});

test('raising the percentage of the newest version moves keys only towards it', () => {
  const more = [
    { version_id: b, percentage: 60 },
    { version_id: a, percentage: 40 },
  ];
  for (let index = 0; index < 200; index += 1) {
    const key = `user ${index}`;
    if (chooseVersion(split, { script: 'app', key }) === b) assert.equal(chooseVersion(more, { script: 'app', key }), b);
  }
});

test('an override picks a version of the deployment, also one at 0 %', () => {
  assert.equal(overridden(`app="${b}"`, 'app', split), b);
  assert.equal(overridden(`other="${a}", app="${b}"`, 'app', split), b);
  assert.equal(chooseVersion(split, { script: 'app', overrides: `app="${a}"`, key: 'k', roll: 0 }), a);
});

test('an override that does not apply is ignored', () => {
  for (const header of [undefined, '', 'app', `app=${b}`, `other="${b}"`, 'app="cccccccc-0000-4000-8000-000000000000"'])
    assert.equal(overridden(header, 'app', split), undefined);
});
