/**
 * The mail sandbox as one HTTP server: the API and the page for people on one port of 127.0.0.1; on another one, if that is wished, SMTP.
 */

import { createAdaptorServer } from '@hono/node-server';
import { createApi } from './api.mjs';
import { createControl } from './control.mjs';
import { Outbox } from './outbox.mjs';
import { createPage } from './page.mjs';
import { deliverWebhooks } from './webhooks.mjs';

// A proxy that serves the API under its real name must not serve everybody's mails there without a key.
const API_HOST = 'api.resend.com';

/**
 * @param {import('./config.mjs').Config} config
 * @param {{ clock: import('./clock.mjs').Clock, log: import('./log.mjs').Log }} parts
 * @returns {{ fetch: (request: Request) => Promise<Response>, outbox: Outbox, close: () => void }}
 * @throws {Error} when the state folder cannot be used
 */
export function createService(config, { clock, log }) {
  const outbox = new Outbox(config, clock);
  const stopWebhooks = deliverWebhooks(config.webhooks, outbox, clock, log);
  const account = { domains: new Set(config.domains), owner: config.owner };
  const api = createApi({ keys: config.keys, rateLimit: config.rateLimit, account }, outbox, clock, log);
  const page = createPage(outbox);
  const control = config.control === undefined ? undefined : createControl(config.control, outbox);
  return {
    outbox,
    async fetch(request) {
      const started = performance.now();
      const { pathname, hostname } = new URL(request.url);
      if (control && hostname !== API_HOST && pathname.startsWith('/sandbox/')) return control.fetch(request);
      const forPeople = hostname !== API_HOST && (pathname === '/' || pathname.startsWith('/page/'));
      const answer = await (forPeople ? page : api).fetch(request);
      // An open page asks once a second; only what goes wrong there is worth a line.
      if (!forPeople || answer.status >= 400) {
        log('request', { method: request.method, path: pathname, status: answer.status, ms: Math.round((performance.now() - started) * 10) / 10 });
      }
      return answer;
    },
    close() {
      stopWebhooks();
      outbox.close();
    },
  };
}

/**
 * @param {import('./config.mjs').Config} config
 * @param {{ clock: import('./clock.mjs').Clock, log: import('./log.mjs').Log }} parts
 * @returns {Promise<{ ports: { api: number, smtp?: number }, stop: () => Promise<void> }>} stop answers what is under way and then closes
 * @throws {Error} when a port is taken
 */
export async function startService(config, parts) {
  const service = createService(config, parts);
  const server = /** @type {import('node:http').Server} */ (createAdaptorServer({ fetch: (request) => service.fetch(request) }));
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port ?? 0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  // Most sandboxes take no SMTP: what it needs is not loaded then.
  const sink = config.smtp && (await (await import('./smtp.mjs')).startSink(config.smtp.port, service.outbox, parts));
  return {
    ports: { api: address.port, ...(sink && { smtp: sink.port }) },
    async stop() {
      await sink?.stop();
      service.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // A client that keeps its request open must not keep the sandbox alive.
      setTimeout(() => server.closeAllConnections(), 1000).unref();
      await closed;
    },
  };
}
