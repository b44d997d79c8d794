/** The sandbox's own view of itself; Cloudflare has nothing like it. */

import { Hono } from 'hono';

import { ConditionError } from '../../edge/conditions/conditions.mjs';
import { defaultHost } from '../../edge/hosts.mjs';

/**
 * @param {import('../../types.d.ts').CloudConfig} config
 * @param {import('../store.mjs').Store} store
 * @param {import('../../runtime/runtime.mjs').Runtime} runtime
 * @param {import('../../edge/conditions/conditions.mjs').Conditions} conditions
 */
export function sandboxRoutes(config, store, runtime, conditions) {
  const app = new Hono();
  app.get('/conditions', (c) => c.json({ conditions: conditions.active }));
  app.put('/conditions', async (c) => {
    /** @type {unknown} */
    const body = await c.req.json().catch(() => undefined);
    const keys = typeof body === 'object' && body !== null ? Object.keys(body) : [];
    try {
      if (keys.join() !== 'conditions') throw new ConditionError('the body must be {"conditions": [...]}');
      await conditions.put(/** @type {{conditions: unknown}} */ (body).conditions);
    } catch (error) {
      if (error instanceof ConditionError) return c.json({ error: error.message }, 400);
      throw error;
    }
    return c.json({ conditions: conditions.active });
  });
  app.delete('/conditions', async (c) => {
    await conditions.clear();
    return c.json({ conditions: conditions.active });
  });
  return app.get('/status', (c) => {
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
