import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failure, errors } from './errors.mjs';
import { checkSecrets, checkShares, deployable } from './rules.mjs';

/**
 * A script with so many versions, v1 first.
 *
 * @param {number} count
 * @param {Record<string, string>} secrets version id -> value of SECRET
 * @param {string[]} serving version ids
 */
function script(count, secrets = {}, serving = [`v${count}`]) {
  const versions = Array.from({ length: count }, (_, index) => {
    const id = `v${index + 1}`;
    const bindings = secrets[id] === undefined ? [] : [{ name: 'SECRET', type: 'secret_text', text: secrets[id] }];
    return {
      id,
      number: index + 1,
      created_on: '',
      source: 'wrangler',
      annotations: {},
      modules: [],
      bindings,
      compatibility_date: '',
      compatibility_flags: [],
      startup_time_ms: 0,
    };
  });
  return {
    name: 'app',
    tag: '',
    created_on: '',
    tags: [],
    subdomain: { enabled: true, previews_enabled: true },
    schedules: [],
    settings: {},
    versions,
    deployments: [
      {
        id: 'd',
        created_on: '',
        source: 'wrangler',
        strategy: /** @type {const} */ ('percentage'),
        annotations: {},
        versions: serving.map((version_id) => ({ version_id, percentage: 100 / serving.length })),
      },
    ],
  };
}
const share = (/** @type {string} */ version_id, percentage = 100) => ({ version_id, percentage });

test('one version at 100 %, or two that add up to it, may be deployed', () => {
  checkShares(script(3), [share('v3')]);
  checkShares(script(3), [share('v3', 0), share('v2', 100)]);
  checkShares(script(3), [share('v3', 33.3), share('v2', 66.7)]);
});

test('wrong percentages, repeated and unknown versions are refused', () => {
  assert.throws(() => checkShares(script(3), [share('v3', 50)]), { code: 10070, message: /add up to 50/ });
  assert.throws(() => checkShares(script(3), [share('v3', 50), share('v3', 50)]), { code: 10070 });
  assert.throws(() => checkShares(script(3), [share('v3', 120), share('v2', -20)]), { code: 10070 });
  assert.throws(() => checkShares(script(3), [share('v1', 50), share('v2', 25), share('v3', 25)]), { code: 10070 });
  assert.throws(() => checkShares(script(3), [share('v9')]), { code: 10221, message: /v9/ });
});

test('only the 100 most recent versions can be deployed', () => {
  const many = script(101);
  assert.deepEqual([deployable(many).length, deployable(many)[0]?.id, deployable(many).at(-1)?.id], [100, 'v101', 'v2']);
  checkShares(many, [share('v2')]);
  assert.throws(() => checkShares(many, [share('v1')]), { code: 10223 });
});

test('going back across a changed secret is refused with the names that wrangler reads', () => {
  const changed = script(3, { v1: 'old', v2: 'old', v3: 'new' });
  assert.throws(() => checkSecrets(changed, [share('v2')]), { code: 10220, message: 'The following secrets have changed: SECRET' });
});

test('going forward, or back across unchanged secrets, is not', () => {
  checkSecrets(script(3, { v1: 'a', v2: 'b', v3: 'b' }), [share('v2')]);
  checkSecrets(script(3, { v1: 'a', v2: 'b', v3: 'c' }, ['v1']), [share('v3')]);
  checkSecrets(script(3, { v1: 'a', v2: 'b', v3: 'c' }, ['v3']), [share('v3')]);
});

test('an error is shown in the envelope that wrangler parses', () => {
  assert.deepEqual(failure(errors.authentication()), {
    success: false,
    errors: [{ code: 10000, message: 'Authentication error' }],
    messages: [],
    result: null,
  });
});
