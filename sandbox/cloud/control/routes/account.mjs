/** Who the token belongs to. */

import { Hono } from 'hono';

import { envelope } from '../errors.mjs';

/** @param {import('../../types.d.ts').CloudConfig} config */
export function accountRoutes({ account }) {
  const one = { page: 1, per_page: 50, count: 1, total_count: 1, total_pages: 1 };
  const shown = { id: account.id, name: account.name, type: 'standard' };
  return new Hono()
    .get('/user/tokens/verify', (c) => c.json(envelope({ id: account.id, status: 'active' })))
    .get('/user', (c) => c.json(envelope({ id: account.id, email: account.email })))
    .get('/accounts', (c) => c.json(envelope([shown], one)))
    .get('/memberships', (c) =>
      c.json(envelope([{ id: account.id, status: 'accepted', account: shown, roles: ['Super Administrator - All Privileges'] }], one)),
    )
    .get('/accounts/:account', (c) => c.json(envelope(shown)))
    .get('/accounts/:account/workers/subdomain', (c) => c.json(envelope({ subdomain: account.subdomain })));
}
