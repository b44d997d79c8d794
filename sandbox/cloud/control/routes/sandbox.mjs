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
      const declared = Object.entries(config.hosts)
        .filter(([, script]) => script === name)
        .map(([host]) => host);
      const hosts = [...declared, ...(subdomain.enabled ? [defaultHost(name, config)] : [])];
      const { current = deployments[0]?.versions ?? [], swapping = false, held = 0 } = running[name] ?? {};
      return [name, { hosts, current, swapping, held }];
    });
    return c.json({ workers: Object.fromEntries(workers), refusedHosts: runtime.outbound.refusedHosts });
  });
}
