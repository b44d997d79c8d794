import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';

for (const app of ['fm5', 'plain']) {
  const command = path.join(import.meta.dirname, '..', app, 'migrate.mjs');
  const run = (/** @type {Record<string, string>} */ env) => spawnSync(process.execPath, [command], { env, encoding: 'utf8' });

  test(`${app}: without a database the migration command says what to set`, () => {
    const { status, stderr } = run({});
    assert.equal(status, 2);
    assert.match(stderr, /set DATABASE_URL/);
  });

  test(`${app}: a database that does not answer is one clear line, without the password`, () => {
    const { status, stdout, stderr } = run({ DATABASE_URL: 'postgres://role:passw0rd@127.0.0.1:9/none' });
    assert.equal(status, 1);
    assert.match(stderr, /^migrate: connect ECONNREFUSED 127\.0\.0\.1:9\n$/);
    assert.doesNotMatch(stdout + stderr, /passw0rd/);
  });
}
