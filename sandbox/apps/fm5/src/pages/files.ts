import { html } from 'hono/html';
import type { AppContext } from '../app.ts';
import { encodeName } from '../files/names.ts';
import { listFiles, type Listed } from '../files/routes.ts';
import { currentMember } from '../members.ts';
import { field, form, render } from './layout.ts';
import { formatBytes, formatTime } from './format.ts';

/** `GET /files`: a member's own files; visitors are sent to sign in. */
export async function filesPage(c: AppContext): Promise<Response> {
  const member = await currentMember(c);
  if (member === null) {
    c.header('cache-control', 'private, no-store');
    return c.redirect('/sign-in');
  }
  const listed = await listFiles(c.env.FILES, member.id);
  listed.sort((one, other) => other.uploaded.localeCompare(one.uploaded));
  return render(c, {
    title: 'My files',
    top: html`<span class="who">${member.email}</span>
<form method="post" action="/api/auth/sign-out" data-next="/"><button class="link">Sign out</button></form>`,
    main: html`<h1>My files</h1>
<form class="card upload" method="post" enctype="multipart/form-data">
<div class="field"><label for="file">File</label><input id="file" type="file" required></div>
<button class="button">Upload</button>
<p class="status" role="status"></p>
</form>
${listed.length === 0 ? html`<p class="empty">Nothing here yet. Choose one and upload it.</p>` : table(listed)}
${farewell()}`,
  });
}

function table(listed: readonly Listed[]) {
  return html`<section class="card list"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Size</th><th scope="col">Uploaded</th><th scope="col"><span class="unseen">Action</span></th></tr></thead>
<tbody>${listed.map(row)}</tbody>
</table></section>`;
}

function row(file: Listed, index: number) {
  const address = `/api/files/${encodeName(file.name)}`;
  // "Delete" is described by the name instead of labelled with it: a program that looks for a button then finds it by what it does.
  return html`<tr>
<td><a id="file-${index}" href="${address}" download>${file.name}</a></td>
<td>${formatBytes(file.size)}</td>
<td><time datetime="${file.uploaded}">${formatTime(file.uploaded)}</time></td>
<td><form method="post" action="${address}" data-method="DELETE"><button class="link danger" aria-describedby="file-${index}">Delete</button></form></td>
</tr>`;
}

function farewell() {
  const password = field({ label: 'Password', name: 'password', type: 'password', autocomplete: 'current-password' });
  return html`<details class="farewell">
<summary>Leave FM5</summary>
<p>This deletes your account and everything you have stored, at once and for good.</p>
${form('delete-user', password, 'Delete account', '/')}
</details>`;
}
