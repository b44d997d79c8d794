/** The control plane: Cloudflare's API as far as wrangler needs it, under `/client/v4`, and the sandbox's own under `/sandbox`. */

import { timingSafeEqual } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

import { ApiError, errors, failure } from './errors.mjs';
import { accountRoutes } from './routes/account.mjs';
import { graphqlRoutes, r2Routes } from './routes/r2.mjs';
import { sandboxRoutes } from './routes/sandbox.mjs';
import { scriptRoutes } from './routes/scripts.mjs';
import { versionRoutes } from './routes/versions.mjs';
import { Workers } from './workers.mjs';

/**
 * @param {import('../types.d.ts').CloudConfig} config
 * @param {import('./store.mjs').Store} store
 * @param {import('../runtime/runtime.mjs').Runtime} runtime
 * @param {import('../edge/conditions/conditions.mjs').Conditions} conditions
 * @param {import('../types.d.ts').Logger} log
 */
export function controlPlane(config, store, runtime, conditions, log) {
  const workers = new Workers(config, store, runtime);
  const expected = Buffer.from(`Bearer ${config.token}`);
  const app = new Hono();
  app.use(async (c, next) => {
    const given = Buffer.from(c.req.header('authorization') ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw errors.authentication();
    await next();
  });
  app.use('/client/v4/accounts/:account/*', async (c, next) => {
    if (c.req.param('account') !== config.account.id) throw errors.authentication();
    await next();
  });
  app.route('/client/v4', accountRoutes(config));
  app.route('/client/v4', graphqlRoutes(runtime));
  app.route('/client/v4/accounts/:account/workers', scriptRoutes(config, workers));
  app.route('/client/v4/accounts/:account/workers', versionRoutes(config, workers));
  app.route('/client/v4/accounts/:account/r2', r2Routes(config, store, runtime));
  app.route('/sandbox', sandboxRoutes(config, store, runtime, conditions));
  app.notFound((c) => answer(c, errors.noRoute(c.req.method, new URL(c.req.url).pathname)));
  app.onError((error, c) => {
    if (error instanceof ApiError) return answer(c, error);
    log('failed', { method: c.req.method, path: new URL(c.req.url).pathname, error: String(error.stack) });
    return answer(c, new ApiError(500, 10013, `The sandbox's control plane failed: ${error.message}`));
  });

  /** @param {import('hono').Context} c @param {ApiError} error */
  function answer(c, error) {
    if (error.code === 7003) log('no route', { method: c.req.method, path: new URL(c.req.url).pathname });
    return c.json(failure(error), /** @type {import('hono/utils/http-status').ContentfulStatusCode} */ (error.status));
  }

  return app;
}

/**
 * @param {Hono} app
 * @returns {Promise<{port: number, stop: () => Promise<void>}>}
 */
export async function serveControl(app) {
  const server = /** @type {import('node:http').Server} */ (serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }));
  if (!server.listening) await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    stop: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}
