import { html } from 'hono/html';
import type { AppContext } from '../app.ts';
import { currentMember } from '../members.ts';
import { render } from './layout.ts';

/** `GET /` */
export async function home(c: AppContext): Promise<Response> {
  const member = await currentMember(c);
  const way = member === null ? html`<a class="button" href="/sign-up">Get started</a>` : html`<a class="button" href="/files">Open my files</a>`;
  return render(c, {
    title: 'A quiet place for files',
    ...(member === null ? {} : { top: html`<a href="/files">My files</a>` }),
    main: html`<section class="hero">
<h1>A quiet place for your files</h1>
<p>Put them in, find them again, on any device. Nobody else sees them.</p>
<p>${way}</p>
</section>
<ul class="points">
<li><h2>Private</h2><p>Every file belongs to one member. There are no public links.</p></li>
<li><h2>Exact</h2><p>What you get back is what you put in: every byte, name and type.</p></li>
<li><h2>Yours</h2><p>Delete your account and all of your files are gone with it.</p></li>
</ul>`,
  });
}
