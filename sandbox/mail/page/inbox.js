// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The page's script. Mails are untrusted: everything of theirs is set as text, and their HTML is only ever shown in a frame that may not run scripts.
 *
 * @typedef {{ id: string, from: string, to: string[], subject: string, at: number, event: string }} Listed
 * @typedef {{ event: string, at: number }} Step
 * @typedef {Listed & { html: string | null, text: string | null, cc: string[], bcc: string[], reply_to: string[], last_event: string, message_id: string,
 *   scheduled_at: string | null, tags: { name: string, value: string }[], headers: Record<string, string>,
 *   attachments: { filename: string, size: number | null }[], steps: Step[] }} Mail
 * @typedef {{ label: string, href: string }} Link
 */

const EVERY_MS = 1000;
const list = /** @type {HTMLElement} */ (document.getElementById('list'));
const view = /** @type {HTMLElement} */ (document.getElementById('mail'));
const search = /** @type {HTMLInputElement} */ (document.getElementById('search'));
const state = /** @type {HTMLElement} */ (document.getElementById('state'));

let seen = '';
let tab = 'Mail';
/** What the view shows, so that a refresh leaves a frame alone that has not changed. */
let shown = '';

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @param {number} at */
function clock(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return today ? date.toLocaleTimeString() : date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

/** @param {string} event */
const badge = (event) => element('span', { class: `badge ${event}` }, event);

/** @param {string} title @param {string} text */
const empty = (title, text) => element('p', { class: 'empty' }, element('strong', {}, title), text);

const chosen = () => decodeURIComponent(location.hash.slice(1));

/** @param {Listed[]} mails */
function showList(mails) {
  const at = list.scrollTop;
  list.replaceChildren(
    ...mails.map((mail) =>
      element(
        'a',
        { class: 'entry', href: `#${mail.id}`, ...(mail.id === chosen() && { 'aria-current': 'true' }) },
        element('span', { class: 'subject' }, mail.subject),
        element('time', { datetime: new Date(mail.at).toISOString(), title: new Date(mail.at).toLocaleString() }, clock(mail.at)),
        element('span', { class: 'to' }, mail.to.join(', ')),
        badge(mail.event),
      ),
    ),
  );
  if (mails.length === 0) {
    list.append(search.value ? empty('Nobody found', 'No mail went to such a recipient.') : empty('No mails yet', 'What the deployment sends appears here at once.'));
  }
  list.scrollTop = at;
}

/** @param {Mail} mail @returns {Link[]} */
function linksOf(mail) {
  // A parsed document runs no scripts and loads nothing.
  const html = new DOMParser().parseFromString(mail.html ?? '', 'text/html');
  const links = [...html.querySelectorAll('a[href]')].map((a) => ({ label: (a.textContent ?? '').trim(), href: a.getAttribute('href') ?? '' }));
  for (const [href] of (mail.text ?? '').matchAll(/https?:\/\/[^\s<>"')\]]+/g)) links.push({ label: '', href });
  return links.filter((link, index) => links.findIndex((other) => other.href === link.href) === index);
}

/** @param {Link} link */
function linkItem({ label, href }) {
  const target = /^(https?|mailto):/i.test(href)
    ? element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, href)
    : element('span', { class: 'dead' }, `${href} (not opened: neither a web nor a mail address)`);
  return element('li', {}, ...(label ? [element('strong', {}, label)] : []), target);
}

/** @param {string} html */
function frame(html) {
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`;
  return element('iframe', {
    title: 'The mail as HTML',
    // No scripts, no forms, no access to this page; links may open a tab of their own.
    sandbox: 'allow-popups allow-popups-to-escape-sandbox',
    srcdoc: `<!doctype html>${policy}<meta name="referrer" content="no-referrer"><base target="_blank"><style>body{margin:20px;font:15px/1.5 system-ui,sans-serif}</style>${html}`,
  });
}

/** @param {Mail} mail */
function showMail(mail) {
  const links = linksOf(mail);
  /** @type {Record<string, (() => Element) | null>} */
  const tabs = {
    Mail: mail.html === null ? null : () => frame(mail.html ?? ''),
    Text: mail.text === null ? null : () => element('pre', {}, mail.text ?? ''),
    Source: mail.html === null ? null : () => element('pre', {}, mail.html ?? ''),
    [`Links (${links.length})`]: links.length === 0 ? null : () => element('ul', { class: 'links' }, ...links.map(linkItem)),
  };
  const names = Object.keys(tabs);
  const wanted = names.find((name) => name.startsWith(tab) && tabs[name]) ?? names.find((name) => tabs[name]) ?? '';
  const panel = element('section', { class: 'panel', role: 'tabpanel', 'aria-label': wanted }, tabs[wanted]?.() ?? '');
  const buttons = names.map((name) => {
    const button = element('button', { type: 'button', role: 'tab', 'aria-selected': String(name === wanted), ...(!tabs[name] && { disabled: '' }) }, name);
    button.addEventListener('click', () => {
      tab = name.replace(/ \(.*/, '');
      showMail(mail);
    });
    return button;
  });
  const facts = [
    ['From', mail.from],
    ['To', mail.to.join(', ')],
    ['Cc', mail.cc.join(', ')],
    ['Bcc', mail.bcc.join(', ')],
    ['Reply to', mail.reply_to.join(', ')],
    ['Date', new Date(mail.at).toLocaleString()],
    ['Tags', mail.tags.map(({ name, value }) => `${name}=${value}`).join(', ')],
    ['Headers', Object.entries(mail.headers).map(([name, value]) => `${name}: ${value}`).join(', ')],
    ['Attached', mail.attachments.map(({ filename, size }) => (size === null ? filename : `${filename} (${size} bytes)`)).join(', ')],
    ['Id', mail.id],
  ].filter(([, value]) => value);
  view.replaceChildren(
    element('a', { class: 'back', href: '#' }, '← All mails'),
    element('h2', {}, mail.subject),
    element('dl', { class: 'facts' }, ...facts.flatMap(([name, value]) => [element('dt', {}, name ?? ''), element('dd', {}, value ?? '')])),
    element('ol', { class: 'steps', 'aria-label': 'What happened' }, ...mail.steps.map((step) => stepItem(step))),
    element('div', { class: 'tabs', role: 'tablist' }, ...buttons),
    panel,
  );
}

/** @param {Step} step */
function stepItem(step) {
  const ahead = step.at > Date.now();
  return element('li', ahead ? { class: 'ahead' } : {}, badge(step.event), element('time', {}, clock(step.at)));
}

async function refreshMail() {
  const id = chosen();
  document.body.classList.toggle('reading', id !== '');
  if (!id) {
    shown = '';
    view.replaceChildren(empty('Choose a mail', 'Its text, links and what became of it are shown here.'));
    return;
  }
  const answer = await fetch(`/page/mails/${encodeURIComponent(id)}`);
  if (!answer.ok) {
    shown = '';
    view.replaceChildren(empty('No such mail', 'The sandbox does not keep a mail with this id.'));
    return;
  }
  const mail = /** @type {Mail} */ (await answer.json());
  if (shown === `${mail.id} ${mail.last_event}`) return;
  // While only its progress changed, the frame (and where its reader has scrolled to) stays.
  const progressed = shown.startsWith(`${mail.id} `) ? view.querySelector('.steps') : null;
  shown = `${mail.id} ${mail.last_event}`;
  if (progressed) progressed.replaceChildren(...mail.steps.map(stepItem));
  else showMail(mail);
}

async function refresh() {
  try {
    const answer = await fetch(`/page/mails?${new URLSearchParams({ recipient: search.value, seen })}`);
    if (answer.status === 200) {
      const { revision, total, found, mails } = await answer.json();
      seen = revision;
      showList(mails);
      const count = `${total} mail${total === 1 ? '' : 's'}`;
      state.textContent = search.value ? `${found} of ${count}` : count;
      await refreshMail();
    } else if (!answer.ok && answer.status !== 204) throw new Error(String(answer.status));
    state.classList.remove('lost');
  } catch {
    seen = '';
    state.textContent = 'the sandbox does not answer';
    state.classList.add('lost');
  }
}

search.addEventListener('input', () => {
  seen = '';
  void refresh();
});
addEventListener('hashchange', () => {
  for (const entry of list.querySelectorAll('.entry')) {
    if (entry.getAttribute('href') === location.hash) entry.setAttribute('aria-current', 'true');
    else entry.removeAttribute('aria-current');
  }
  void refreshMail();
});
document.addEventListener('visibilitychange', () => void (document.hidden || refresh()));

await refresh();
setInterval(() => void (document.hidden || refresh()), EVERY_MS);
