import assert from 'node:assert/strict';
import test from 'node:test';
import { Scope } from './src/scope.ts';

function opened() {
  /** @type {Promise<unknown>[]} */
  const waiting = [];
  const env = /** @type {import('./src/env.ts').Env} */ ({ DB: { connectionString: 'postgres://nobody:nothing@127.0.0.1:9/none' } });
  return { scope: new Scope(env, { waitUntil: (task) => void waiting.push(task) }), waiting };
}

test('the pool is ended only after all deferred work, also work deferred by it', async () => {
  const { scope, waiting } = opened();
  const { pool } = scope;
  /** @type {boolean[]} */
  const ended = [];
  scope.defer(
    (async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      ended.push(pool.ended);
      scope.defer(new Promise((resolve) => setTimeout(resolve, 5)).then(() => ended.push(pool.ended)));
    })(),
  );
  scope.close();
  await Promise.all(waiting);
  assert.deepEqual(ended, [false, false]);
  assert.equal(pool.ended, true);
});

test('deferred work is registered at once, and its failure reaches nobody but the log', async (t) => {
  const log = t.mock.method(console, 'error', () => {});
  const { scope, waiting } = opened();
  scope.defer(Promise.reject(new Error('no mail')));
  assert.equal(waiting.length, 1);
  await Promise.all(waiting);
  assert.match(String(log.mock.calls[0]?.arguments[0]), /no mail/);
});

test('a request that needs no database opens no pool', async () => {
  const { scope, waiting } = opened();
  scope.close();
  assert.deepEqual(await Promise.all(waiting), [undefined]);
});
