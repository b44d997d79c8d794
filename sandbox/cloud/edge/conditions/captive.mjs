/** The runner sits behind a captive portal, which answers for every host: with a redirect to its login, or with its login page. */

import { answer, page } from './answers.mjs';
import { defaulting, oneOf } from './fields.mjs';

export const fields = { answer: defaulting(oneOf('redirect', 'page'), 'redirect') };
export const everywhere = true;

/** @param {{answer: string}} options @returns {import('../exchange.mjs').Handler} */
export function handler({ answer: how }) {
  return async (exchange) => {
    const headers = { Server: 'hotspot' };
    const text = page('Wi-Fi login', 'Welcome to the guest network. Accept the terms of use to get online.');
    if (how === 'page') return answer(exchange, 200, text, headers);
    const login = `http://login.guest-wifi.test/portal?dst=${encodeURIComponent(`https://${exchange.host}${exchange.path}`)}`;
    return answer(exchange, 302, text, { ...headers, Location: login });
  };
}
