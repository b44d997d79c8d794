import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { rawPath, type App } from './app.ts';
import { assets, favicon } from './assets.ts';
import type { Env } from './env.ts';
import { files } from './files/routes.ts';
import { uploads } from './files/uploads.ts';
import { health } from './health.ts';
import { notFound, pages } from './pages/routes.ts';
import { Scope } from './scope.ts';
import { seal } from './security.ts';

const app = new Hono<App>({ getPath: rawPath });

app.use(async (c, next) => {
  const scope = new Scope(c.env, c.executionCtx);
  c.set('scope', scope);
  try {
    await next();
  } finally {
    scope.close();
  }
});

app.get('/health', health);
// Only the site that presents FM5 may ask from another origin, and only who is signed in.
app.use('/api/auth/*', (c, next) => cors({ origin: c.env.SITE_ORIGIN, credentials: true, allowMethods: ['GET', 'POST'], allowHeaders: ['content-type'], maxAge: 600 })(c, next));
app.all('/api/auth/*', (c) => c.var.scope.auth.handler(c.req.raw));
app.route('/api/files', files);
app.route('/api/uploads', uploads);
app.all('/api/*', (c) => c.json({ error: 'not_found' }, 404));
app.get('/favicon.ico', favicon);
app.route('/assets', assets);
app.route('/', pages);
app.notFound(notFound);
app.onError((error, c) => {
  // Only the path: a query may hold a token.
  console.error(`${c.req.method} ${c.req.path}: ${error.stack ?? String(error)}`);
  return c.json({ error: 'internal' }, 500, { 'cache-control': 'no-store' });
});

export default {
  async fetch(request, env, execution) {
    return seal(await app.fetch(request, env, execution), env.CF_VERSION_METADATA.id);
  },
} satisfies ExportedHandler<Env>;
