import { Hono } from 'hono';
import { etag } from 'hono/etag';
import type { App, AppContext } from './app.ts';
import icon from './assets/icon.svg';
import script from './assets/app.client.js';
import style from './assets/app.css';

// The names carry no hash, so a browser must ask again soon: after a rollback page and script have to fit.
const CACHE = 'public, max-age=60, must-revalidate';

function asset(text: string, type: string) {
  return (c: AppContext) => c.body(text, 200, { 'content-type': type, 'cache-control': CACHE });
}

export const favicon = asset(icon, 'image/svg+xml');

/** `/assets`: what pages load. Anything else is plain text and 404: HTML in place of a script would only fail later and stranger. */
export const assets = new Hono<App>()
  .use(etag())
  .get('/app.js', asset(script, 'text/javascript; charset=utf-8'))
  .get('/app.css', asset(style, 'text/css; charset=utf-8'))
  .get('/icon.svg', favicon)
  .all('*', (c) => c.text('No such asset.\n', 404, { 'cache-control': 'no-store' }));
