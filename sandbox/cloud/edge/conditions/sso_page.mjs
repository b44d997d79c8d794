/** A login page that answers 200 to every path and method: an SSO proxy that does not redirect, or a single-page application of somebody else's. */

import { answer, page } from './answers.mjs';

/** @type {Record<string, import('./fields.mjs').Field>} */
export const fields = {};

/** @returns {import('../exchange.mjs').Handler} */
export function handler() {
  const login = `<form method="post" action="https://login.sso.test/authorize"><input name="user"><button>Continue</button></form>`;
  return async (exchange) =>
    answer(exchange, 200, page('Log in to continue', `Sign in with your organization's single sign-on. ${login}`), { Server: 'sso-proxy' });
}
