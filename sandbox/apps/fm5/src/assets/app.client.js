// Sends the forms of the pages as JSON and shows what came of it. Without this script the pages can be read, not used.

/** @param {HTMLFormElement} form @param {string} text @param {boolean} [trouble] */
function say(form, text, trouble = true) {
  const status = form.querySelector('[role=status]');
  if (!status) return;
  status.textContent = text;
  status.classList.toggle('trouble', trouble);
}

/** @param {Response} response */
async function reason(response) {
  if (response.status === 429) {
    const seconds = response.headers.get('x-retry-after');
    return seconds ? `Too many attempts. Please try again in ${seconds} seconds.` : 'Too many attempts. Please try again soon.';
  }
  const body = await response.json().catch(() => null);
  if (body?.code === 'EMAIL_NOT_VERIFIED') return 'Please confirm your address first: the link is in your mail.';
  if (body?.error === 'too_large') return `That is too large: at most ${body.limit / 1024 / 1024} MiB are possible.`;
  if (body?.error === 'bad_name') return 'That name cannot be used.';
  return body?.message ?? `That did not work (${response.status}). Please try again.`;
}

/** @param {HTMLFormElement} form */
function request(form) {
  const file = form.querySelector('input[type=file]');
  if (file instanceof HTMLInputElement) {
    const [chosen] = file.files ?? [];
    if (!chosen) return null;
    const type = chosen.type || 'application/octet-stream';
    return new Request(`/api/files/${encodeURIComponent(chosen.name)}`, { method: 'PUT', headers: { 'content-type': type }, body: chosen });
  }
  if (form.dataset.method === 'DELETE') return new Request(form.action, { method: 'DELETE' });
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  return new Request(form.action, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

/** @param {HTMLFormElement} form @param {Response} response */
async function finish(form, response) {
  const { next, away } = form.dataset;
  // Signing in with a provider goes on there.
  if (away !== undefined) return location.assign((await response.json()).url);
  if (next) return location.assign(next);
  const done = form.parentElement?.querySelector('template');
  if (!done) return location.reload();
  const { email } = Object.fromEntries(new FormData(form));
  const message = /** @type {DocumentFragment} */ (done.content.cloneNode(true));
  for (const place of message.querySelectorAll('[data-email]')) place.textContent = String(email ?? '');
  const card = form.parentElement;
  card?.replaceChildren(message);
  card?.querySelector('h1')?.focus();
}

/** @param {SubmitEvent} event */
async function submit(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const message = request(form);
  if (!message) return say(form, 'Please choose a file first.');
  const buttons = form.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  say(form, 'One moment …', false);
  try {
    const response = await fetch(message);
    if (response.ok) return await finish(form, response);
    say(form, await reason(response));
  } catch {
    say(form, 'The server cannot be reached. Please try again.');
  }
  for (const button of buttons) button.disabled = false;
}

document.addEventListener('submit', submit);
