/**
 * Cloudflare Access: every request is sent to the team's login page, unless it carries a service token.
 *
 * https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/
 */

import { createHmac, randomBytes } from 'node:crypto';

import { alsoSet, answer, cookie } from './answers.mjs';
import { text } from './fields.mjs';

export const fields = { team: text, client_id: text, client_secret: text };

/**
 * Without a `team`, it is named as the account is.
 *
 * @param {{team?: string, client_id?: string, client_secret?: string}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ team, client_id, client_secret }, { config }) {
  const audience = randomBytes(32).toString('hex');
  const pass = createHmac('sha256', `${client_id}${client_secret}`).update(audience).digest('base64url');
  return async (exchange, next) => {
    const token = client_id !== undefined && client_secret !== undefined;
    if (token && cookie(exchange, 'CF_Authorization') === pass) return next();
    if (token && exchange.header('cf-access-client-id') === client_id && exchange.header('cf-access-client-secret') === client_secret) {
      // Whoever showed a service token gets a cookie for what follows.
      alsoSet(exchange, `CF_Authorization=${pass}; Path=/; Secure; HttpOnly; SameSite=None`);
      return next();
    }
    const meta = Buffer.from(JSON.stringify({ hostname: exchange.host, redirect_url: exchange.path })).toString('base64url');
    const query = new URLSearchParams({ kid: audience, meta: `e30.${meta}.e30`, redirect_url: exchange.path });
    return answer(exchange, 302, '<html><head><title>302 Found</title></head><body><center><h1>302 Found</h1></center></body></html>\n', {
      'CF-Access-Aud': audience,
      'CF-Access-Domain': exchange.host,
      'CF-Ray': exchange.ray,
      Location: `https://${team ?? config.account.subdomain}.cloudflareaccess.com/cdn-cgi/access/login/${exchange.host}?${query}`,
      Server: 'cloudflare',
      'Set-Cookie': `CF_AppSession=n${randomBytes(8).toString('hex')}; Path=/; Secure; HttpOnly`,
      'WWW-Authenticate': `Cloudflare-Access resource_metadata="https://${exchange.host}/.well-known/cloudflare-access-protected-resource/"`,
    });
  };
}
