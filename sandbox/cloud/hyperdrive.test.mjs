/** A Worker reaches a real PostgreSQL through its Hyperdrive binding, past the outbound seam that refuses everything else. */

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Cloud, configuration, project, temporary } from './testing/cloud.mjs';
import { binaries, postgres } from './testing/postgres.mjs';

test(
  'a Worker queries PostgreSQL as the role that its Hyperdrive id stands for',
  { skip: binaries === undefined && 'no PostgreSQL in the Python environment' },
  async () => {
    const folder = temporary({ after });
    const id = '0a5f0000000000000000000000000001';
    const database = await postgres('test-password');
    after(() => database.stop());
    const { config, ca } = configuration(folder, {
      hyperdrives: { [id]: `postgres://acme:test-password@127.0.0.1:${database.port}/postgres` },
    });
    const cloud = await Cloud.start(config, ca);
    after(() => cloud.stop());
    // The file stays where it is, so that wrangler finds `pg` beside it.
    const main = join(dirname(fileURLToPath(import.meta.url)), 'testing/worker/database.js');
    const { code, output } = await cloud.wrangler(project(folder, 'acme', { main, hyperdrive: [{ binding: 'DB', id }] }), ['deploy']);
    assert.equal(code, 0, output);
    for (let request = 0; request < 3; request += 1)
      assert.deepEqual(JSON.parse((await cloud.ask('https://acme.test/')).text), { role: 'acme', sum: 42 });
    const { refusedHosts } = /** @type {any} */ (await (await cloud.api('/sandbox/status')).json());
    assert.deepEqual(refusedHosts, []);
  },
);
