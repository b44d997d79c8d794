import { html } from 'hono/html';
import type { AppContext } from '../app.ts';
import { checkYourMail } from './joining.ts';
import { card, EMAIL, field, form, hidden, providers, render } from './layout.ts';

/** `GET /sign-in` */
export function signIn(c: AppContext) {
  const password = field({ label: 'Password', name: 'password', type: 'password', autocomplete: 'current-password' });
  return render(c, {
    title: 'Sign in',
    main: card(html`<h1>Welcome back</h1>
${form('sign-in/email', html`${field(EMAIL)}${password}`, 'Sign in', '/files')}
${providers()}
<p class="aside"><a href="/forgot">Forgot your password?</a></p>`),
  });
}

/** `GET /forgot` */
export function forgot(c: AppContext) {
  return render(c, {
    title: 'Forgotten password',
    main: card(
      html`<h1>Forgot your password?</h1>
<p>Tell us your address and we will send you a link to choose a new one.</p>
${form('request-password-reset', html`${field(EMAIL)}${hidden('redirectTo', '/reset')}`, 'Send reset link')}`,
      checkYourMail('to choose a new password'),
    ),
  });
}

/** `GET /reset?token=`: where the link in the mail leads, by way of better-auth; with `?error=` when the link was no good. */
export function reset(c: AppContext) {
  const token = c.req.query('token');
  if (token === undefined || c.req.query('error') !== undefined) {
    return render(c, {
      title: 'Link not valid',
      main: card(html`<h1>This link is no longer valid</h1>
<p>A link works once and for one hour.</p>
<p><a class="button wide" href="/forgot">Ask for a new one</a></p>`),
    });
  }
  const password = field({
    label: 'New password',
    name: 'newPassword',
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 8 characters.',
  });
  return render(c, {
    title: 'New password',
    main: card(
      html`<h1>Choose a new password</h1>
${form('reset-password', html`${password}${hidden('token', token)}`, 'Set password')}`,
      html`<h1 tabindex="-1">Your password is set</h1>
<p>You were signed out everywhere.</p>
<p><a class="button wide" href="/sign-in">Sign in</a></p>`,
    ),
  });
}
