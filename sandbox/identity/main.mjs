/**
 * Starts the identity sandbox: `node sandbox/identity/main.mjs`.
 *
 * The first line of stdin is the configuration (see `config.mjs`). When ready, one line `{"ready":true,"ports":{"http":N}}` goes to stdout.
 * End of stdin or SIGTERM stops it with exit code 0; a failed start is one line on stderr and exit code 1.
 */

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseConfig } from './config.mjs';
import { log } from './log.mjs';
import { startService } from './service.mjs';

/** @returns {Promise<string>} the first line of stdin, which stays open */
async function firstLine() {
  const lines = createInterface({ input: process.stdin });
  const line = await Promise.race([once(lines, 'line').then(([text]) => String(text)), once(lines, 'close').then(() => undefined)]);
  if (line === undefined) throw new Error('configuration: stdin ended before its first line');
  return line;
}

try {
  const config = parseConfig(await firstLine());
  const ended = Promise.race([once(process.stdin, 'end'), once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const service = await startService(config, { log });
  process.stdout.write(JSON.stringify({ ready: true, ports: { http: service.port } }) + '\n');
  await ended;
  await service.stop();
  process.exit(0);
} catch (error) {
  log('start failed', { reason: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
