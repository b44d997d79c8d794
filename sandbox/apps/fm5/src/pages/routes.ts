import { Hono } from 'hono';
import { html } from 'hono/html';
import type { App, AppContext } from '../app.ts';
import { filesPage } from './files.ts';
import { home } from './home.ts';
import { signUp, verified } from './joining.ts';
import { card, render } from './layout.ts';
import { forgot, reset, signIn } from './passwords.ts';

export const pages = new Hono<App>()
  .get('/', home)
  .get('/sign-up', signUp)
  .get('/verified', verified)
  .get('/sign-in', signIn)
  .get('/forgot', forgot)
  .get('/reset', reset)
  .get('/files', filesPage);

export function notFound(c: AppContext) {
  return render(c, {
    title: 'Not found',
    status: 404,
    main: card(html`<h1>There is nothing here</h1>
<p>The address may be mistyped. <a href="/">To the start</a></p>`),
  });
}
