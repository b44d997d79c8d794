/**
 * Starts the mail sandbox: `node sandbox/mail/main.mjs`.
 *
 * The first line of stdin is the configuration (see `config.mjs`). When ready, one line `{"ready":true,"ports":{"api":N}}` goes to stdout, with
 * `"smtp":N` beside it where mails are taken by SMTP as well.
 * End of stdin or SIGTERM stops it with exit code 0; a failed start is one line on stderr and exit code 1.
 */

import { once } from 'node:events';
import { systemClock } from './clock.mjs';
import { parseConfig } from './config.mjs';
import { log } from './log.mjs';
import { startService } from './service.mjs';

/** @returns {Promise<string>} the first line of stdin, which stays open */
function firstLine() {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (/** @type {string} */ chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) {
        process.stdin.off('data', read);
        resolve(text.slice(0, end));
      }
    };
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', read);
    process.stdin.once('end', () => reject(new Error('configuration: stdin ended before its first line')));
  });
}

try {
  const config = parseConfig(await firstLine());
  const ended = Promise.race([once(process.stdin, 'end'), once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  process.stdin.resume();
  const service = await startService(config, { clock: systemClock, log });
  process.stdout.write(JSON.stringify({ ready: true, ports: service.ports }) + '\n');
  await ended;
  await service.stop();
  process.exit(0);
} catch (error) {
  log('start failed', { reason: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
