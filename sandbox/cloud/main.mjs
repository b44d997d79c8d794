/**
 * The local cloud: control plane, runtime and edge in one process.
 *
 * The first line of stdin is the configuration; end of file on stdin means: stop cleanly. When everything serves, one line
 * of JSON appears on stdout. Logs go to stderr.
 */

import { mkdir, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { parseConfig } from './config.mjs';
import { logger } from './log.mjs';

/** The whole way out may take so long, in milliseconds; what has not stopped then is left to the process's end. */
const STOP_MS = 900;

const log = logger('main');

/** @returns {Promise<import('./types.d.ts').CloudConfig>} */
function configuration() {
  const lines = createInterface({ input: process.stdin });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      try {
        resolve(parseConfig(line));
      } catch (error) {
        reject(error);
      }
    });
    lines.once('close', () => reject(new Error('stdin ended before a configuration came')));
  });
}

/** @type {(() => Promise<unknown>)[]} */
const stops = [];
let stopping = false;

/** @param {number} code */
async function stop(code) {
  if (stopping) return;
  stopping = true;
  // Not unref'd: it must also end a process that waits for something else. Miniflare kills its workerd at exit.
  setTimeout(() => process.exit(code), STOP_MS);
  await Promise.allSettled(stops.map((end) => end()));
  process.exit(code);
}

async function main() {
  const config = await configuration();
  process.stdin.once('end', () => void stop(0)).once('close', () => void stop(0));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => void stop(0));

  // Miniflare keeps each start's temporary files here; a killed process leaves them.
  const temporary = join(config.state, 'tmp');
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  for (const variable of ['TMPDIR', 'TMP', 'TEMP']) process.env[variable] = temporary;
  // Miniflare is 6 MB of JavaScript; compiled once, it loads in a fraction of the time.
  enableCompileCache(join(config.state, 'cache'));
  const [{ Store }, { Runtime }, { controlPlane, serveControl }, { Conditions }, { router }, { serveEdge }] = await Promise.all([
    import('./control/store.mjs'),
    import('./runtime/runtime.mjs'),
    import('./control/server.mjs'),
    import('./edge/conditions/conditions.mjs'),
    import('./edge/handlers.mjs'),
    import('./edge/server.mjs'),
  ]);

  const store = await Store.open(config.state);
  const runtime = new Runtime(config, store, logger('runtime'), (script) => {
    log(`the workerd of ${script} died; the sandbox ends, since a run that goes on would blame the app for it`);
    void stop(1);
  });
  stops.push(() => runtime.stop());
  await runtime.start();

  const route = router(config, store, runtime);
  const conditions = new Conditions({ config, store });
  // Outermost first. Faults of the network (latency, resets, caches, walls) are conditions in front of the router.
  const edge = await serveEdge(config.tls, [conditions.handler, route.handler], logger('edge'));
  conditions.parts.secure = edge.secure;
  const control = await serveControl(controlPlane(config, store, runtime, conditions, logger('control')));
  stops.push(
    () => edge.stop(),
    () => control.stop(),
    async () => route.stop(),
  );
  process.stdout.write(`${JSON.stringify({ ready: true, ports: { edge: edge.port, control: control.port } })}\n`);
}

main().catch((error) => {
  log(`cannot start: ${error instanceof Error ? error.message : String(error)}`);
  void stop(1);
});
