/**
 * Vercel's Deployment Protection: a 401 page to programs, a redirect to vercel.com to browsers, for every path.
 *
 * https://vercel.com/docs/deployment-protection/methods-to-bypass-deployment-protection/protection-bypass-automation
 */

import { createHmac, randomBytes } from 'node:crypto';

import { answer, cookie, page, wantsPage } from './answers.mjs';
import { oneOf, text } from './fields.mjs';

export const fields = { bypass: text, answer: oneOf('page', 'redirect') };

const HEADER = 'x-vercel-protection-bypass';
const SET_COOKIE = 'x-vercel-set-bypass-cookie';

/**
 * `bypass`: the secret that opens the wall, as header, query parameter or the cookie it was exchanged for. `answer`: always the page or
 * always the redirect; without it the client's `Accept` decides.
 *
 * @param {{bypass?: string, answer?: string}} options
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ bypass, answer: fixed }) {
  const pass = bypass === undefined ? undefined : createHmac('sha256', bypass).update('bypass').digest('base64url');
  return async (exchange, next) => {
    const url = new URL(exchange.path, `https://${exchange.host}`);
    const given = exchange.header(HEADER) ?? url.searchParams.get(HEADER);
    if (pass !== undefined && cookie(exchange, '_vercel_jwt') === pass) return next();
    if (bypass !== undefined && given === bypass) {
      const asked = exchange.header(SET_COOKIE) ?? url.searchParams.get(SET_COOKIE);
      if (asked === null || !['true', 'samesitenone'].includes(asked)) return next();
      // The secret becomes a cookie, and the client is sent where it wanted to go, without the secret in the address.
      for (const name of [HEADER, SET_COOKIE]) url.searchParams.delete(name);
      const site = asked === 'samesitenone' ? 'None' : 'Lax';
      return answer(exchange, 307, 'Redirecting...\n', {
        'Content-Type': 'text/plain',
        Location: `${url.pathname}${url.search}`,
        'Set-Cookie': `_vercel_jwt=${pass}; Path=/; Secure; HttpOnly; SameSite=${site}`,
        Server: 'Vercel',
      });
    }
    const nonce = randomBytes(18).toString('base64url');
    const login = `https://vercel.com/sso-api?url=${encodeURIComponent(url.href)}&nonce=${nonce}`;
    const headers = {
      'Set-Cookie': `_vercel_sso_nonce=${nonce}; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax`,
      Server: 'Vercel',
      'X-Frame-Options': 'DENY',
      'X-Robots-Tag': 'noindex',
      'X-Vercel-Id': `lab1::${exchange.ray.split('-')[0]}`,
    };
    const redirects = fixed === undefined ? wantsPage(exchange) : fixed === 'redirect';
    if (redirects) return answer(exchange, 302, 'Redirecting...\n', { ...headers, 'Content-Type': 'text/plain', Location: login });
    const refresh = `<meta http-equiv="refresh" content="1; URL=${login.replaceAll('&', '&amp;')}">`;
    return answer(exchange, 401, page('Authentication Required', 'This page requires authentication with Vercel.', refresh), headers);
  };
}
