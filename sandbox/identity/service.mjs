/** The identity sandbox as one HTTP server on 127.0.0.1; the name that is asked for decides which provider answers. */

import { createAdaptorServer } from '@hono/node-server';
import { github, githubApi } from './github.mjs';
import { google, googleKeys, googleProfiles, googleTokens, Signer } from './google.mjs';
import { Grants } from './grants.mjs';

/** Hosts that a Worker asks, and hosts that people open. */
export const HOSTS = ['github.com', 'api.github.com', 'accounts.google.com', 'oauth2.googleapis.com', 'www.googleapis.com', 'openidconnect.googleapis.com'];

/**
 * @param {import('./config.mjs').Config} config
 * @param {{ log: import('./log.mjs').Log, now?: () => number }} parts
 * @returns {Promise<(request: Request) => Promise<Response>>}
 */
export async function createService(config, { log, now }) {
  const grants = new Grants(config.clients, now);
  const signer = await Signer.create();
  const parts = [github(grants), githubApi(grants), google(grants), googleTokens(grants, signer), googleKeys(signer), googleProfiles(grants)];
  const providers = new Map(HOSTS.map((host, index) => [host, parts[index]]));
  return async (request) => {
    const { hostname, pathname } = new URL(request.url);
    const provider = providers.get(hostname);
    const answer = provider ? await provider.fetch(request) : new Response(`The identity sandbox does not answer for ${hostname}.\n`, { status: 421 });
    log('request', { host: hostname, method: request.method, path: pathname, status: answer.status });
    return answer;
  };
}

/**
 * @param {import('./config.mjs').Config} config
 * @param {{ log: import('./log.mjs').Log }} parts
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>} the port that the system gave
 */
export async function startService(config, parts) {
  const server = /** @type {import('node:http').Server} */ (createAdaptorServer({ fetch: await createService(config, parts) }));
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    stop: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}
