import { html } from 'hono/html';
import type { AppContext } from '../app.ts';
import { card, EMAIL, field, form, hidden, render } from './layout.ts';

const CONFIRMED = '/verified';

/** `GET /sign-up` */
export function signUp(c: AppContext) {
  const fields = html`${field({ label: 'Name', name: 'name', type: 'text', autocomplete: 'name' })}
${field(EMAIL)}
${field({ label: 'Password', name: 'password', type: 'password', autocomplete: 'new-password', hint: 'At least 8 characters.' })}
${hidden('callbackURL', CONFIRMED)}`;
  return render(c, {
    title: 'Create account',
    main: card(
      html`<h1>Create your account</h1>
${form('sign-up/email', fields, 'Create account')}
<p class="aside">Already a member? <a href="/sign-in">Sign in</a></p>`,
      checkYourMail('to confirm it'),
    ),
  });
}

/** `GET /verified`: where the link in the confirmation mail leads, with `?error=` when the link was no good. */
export function verified(c: AppContext) {
  if (c.req.query('error') === undefined) {
    return render(c, {
      title: 'Address confirmed',
      main: card(html`<h1>Your address is confirmed</h1>
<p>Thank you. Your account is ready.</p>
<p><a class="button wide" href="/sign-in">Sign in</a></p>`),
    });
  }
  return render(c, {
    title: 'Link not valid',
    main: card(
      html`<h1>This link is no longer valid</h1>
<p>Links work for one hour. We can send you another one.</p>
${form('send-verification-email', html`${field(EMAIL)}${hidden('callbackURL', CONFIRMED)}`, 'Send a new link')}`,
      checkYourMail('to confirm it'),
    ),
  });
}

/** What stands in place of a form that made us send a mail. */
export function checkYourMail(purpose: string) {
  return html`<h1 tabindex="-1">Check your mail</h1>
<p>We have sent a link to <strong data-email></strong>. Follow it ${purpose}.</p>
<p class="hint">Nothing there after a few minutes? Look among unwanted mail.</p>`;
}
