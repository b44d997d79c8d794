/** The process itself: how it starts, ends and dies. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';

import { Cloud, configuration, project, temporary } from './testing/cloud.mjs';

/** Process ids of the workerds that a cloud started. @param {Cloud} cloud @returns {number[]} */
function workerds(cloud) {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => Number(parent) === cloud.child.pid && command?.includes('workerd'))
    .map(([pid]) => Number(pid));
}

/** @param {number} pid */
function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function deployed() {
  const folder = temporary({ after });
  const { config, ca } = configuration(folder);
  const cloud = await Cloud.start(config, ca);
  after(() => void cloud.child.kill());
  const { code, output } = await cloud.wrangler(project(folder, 'acme'), ['deploy', '--no-bundle']);
  assert.equal(code, 0, output);
  assert.equal(workerds(cloud).length, 1);
  return cloud;
}

/** The exit within a second is a clean-up deadline that the supervisor relies on. */
const DEADLINE_MS = 1000;

test('end of stdin ends the cloud and its workerds within a second, with exit 0', async () => {
  const cloud = await deployed();
  const pids = workerds(cloud);
  const began = performance.now();
  assert.deepEqual(await cloud.stop(), { code: 0, signal: null });
  assert.ok(performance.now() - began < DEADLINE_MS);
  assert.deepEqual(pids.filter(alive), []);

  const again = await Cloud.start(cloud.config, cloud.ca);
  const [pid] = workerds(again);
  again.child.kill('SIGTERM');
  assert.deepEqual(await again.exited, { code: 0, signal: null });
  assert.ok(pid !== undefined && !alive(pid));
});

test('a workerd that dies is named and ends the cloud with exit 1', async () => {
  const cloud = await deployed();
  const [pid] = workerds(cloud);
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  assert.deepEqual(await cloud.exited, { code: 1, signal: null });
  assert.match(cloud.log, /workerd of acme died/);
});

test('a wrong configuration is named in one line with exit 1', async () => {
  const folder = temporary({ after });
  const { config, ca } = configuration(folder, { zone: '', tls: { key: '', cert: '' } });
  await assert.rejects(
    Cloud.start(config, ca),
    /ended with 1: cloud\/main: cannot start: configuration: tls\.key .* tls\.cert .* zone [^\n]*\n$/,
  );
});

test('a certificate that cannot be read is named', async () => {
  const folder = temporary({ after });
  const { config, ca } = configuration(folder);
  config.tls.cert = `${folder}/absent.pem`;
  await assert.rejects(Cloud.start(config, ca), /ended with 1: .*absent\.pem/);
});
