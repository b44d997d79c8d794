/** The sandbox's own view of itself; Cloudflare has nothing like it. */

import { Hono } from 'hono';

import { defaultHost } from '../../edge/hosts.mjs';

/**
 * @param {import('../../types.d.ts').CloudConfig} config
 * @param {import('../store.mjs').Store} store
 * @param {import('../../runtime/runtime.mjs').Runtime} runtime
 */
export function sandboxRoutes(config, store, runtime) {
  return new Hono().get('/status', (c) => {
    const running = runtime.status();
    const workers = [...store.scripts.values()].map(({ name, subdomain, deployments }) => {
      const declared = Object.entries(config.hosts).filter(([, script]) => script === name).map(([host]) => host);
      const hosts = [...declared, ...(subdomain.enabled ? [defaultHost(name, config)] : [])];
      return [name, { hosts, current: running[name]?.current ?? deployments[0]?.versions ?? [], swapping: running[name]?.swapping ?? false }];
    });
    return c.json({ workers: Object.fromEntries(workers), refusedHosts: runtime.outbound.refusedHosts });
  });
}
