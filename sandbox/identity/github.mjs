/**
 * GitHub, as far as signing in with it needs it.
 *
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */

import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { consentPage, errorPage, mismatch, readRequest } from './authorize.mjs';
import { Refused } from './grants.mjs';
import { personIn } from './people.mjs';

const AUTHORIZE = '/login/oauth/authorize';

/** GitHub's words for why there is no token; they come with status 200. */
const REASONS = {
  client: ['incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.'],
  code: ['bad_verification_code', 'The code passed is incorrect or expired.'],
  redirect: ['redirect_uri_mismatch', 'The redirect_uri MUST match the registered callback URL for this application.'],
  verifier: ['bad_verification_code', 'The code_verifier does not fit the code_challenge.'],
};

/** github.com @param {import('./grants.mjs').Grants} grants */
export function github(grants) {
  return new Hono()
    .get(AUTHORIZE, (c) => {
      const query = new URL(c.req.url).searchParams;
      const asked = readRequest(grants, 'github', query);
      if (!('error' in asked)) return c.html(consentPage('GitHub', AUTHORIZE, grants.wait(asked), asked));
      const [registered] = asked.client?.redirects ?? [];
      if (registered !== undefined) return c.redirect(mismatch(registered, query.get('state') ?? '').href);
      return c.html(errorPage(asked.error, asked.text), asked.error === 'invalid_client' ? 404 : 400);
    })
    .post(AUTHORIZE, async (c) => {
      const { request, person } = await personIn(c);
      const target = person && grants.consent(request, person);
      return target ? c.redirect(target.href) : c.html(errorPage('invalid_request', 'This page was answered already, or nobody was named.'), 400);
    })
    .post('/login/oauth/access_token', async (c) => {
      const given = new URLSearchParams(await c.req.text());
      const [id, secret] = basic(c.req.header('authorization')) ?? [given.get('client_id') ?? '', given.get('client_secret') ?? ''];
      try {
        const { token, grant } = grants.exchange('github', {
          id,
          secret,
          code: given.get('code') ?? '',
          redirect: given.get('redirect_uri') ?? '',
          verifier: given.get('code_verifier') ?? '',
        });
        return answer(c, { access_token: token, scope: grant.scopes.join(','), token_type: 'bearer' });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const [name = '', text = ''] = REASONS[error.code];
        return answer(c, { error: name, error_description: text });
      }
    });
}

/** api.github.com @param {import('./grants.mjs').Grants} grants */
export function githubApi(grants) {
  return new Hono()
    .use(async (c, next) => {
      // https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#user-agent-required
      if (!c.req.header('user-agent')) return c.text('Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n', 403);
      if (grants.bearer(c.req.header('authorization')) === undefined) return c.json({ message: 'Bad credentials', status: '401' }, 401);
      await next();
      return undefined;
    })
    .get('/user', (c) => {
      const { email, name } = /** @type {import('./grants.mjs').Grant} */ (grants.bearer(c.req.header('authorization'))).person;
      const id = subject(email);
      // The address of a profile is the one that its owner chose to show; by default there is none.
      return c.json({ login: `user-${id}`, id, avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`, type: 'User', name, email: null });
    })
    .get('/user/emails', (c) => {
      const { person, scopes } = /** @type {import('./grants.mjs').Grant} */ (grants.bearer(c.req.header('authorization')));
      if (!scopes.includes('user:email') && !scopes.includes('user')) return c.json({ message: 'Not Found', status: '404' }, 404);
      return c.json([{ email: person.email, primary: true, verified: true, visibility: 'private' }]);
    });
}

/** The number that GitHub would know a person by: the same for the same address. @param {string} email */
const subject = (email) => createHash('sha256').update(email.toLowerCase()).digest().readUInt32BE(0);

/** @param {string | undefined} authorization @returns {[string, string] | undefined} */
function basic(authorization) {
  const [, encoded] = /^basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent);
  return [id, secret];
}

/** JSON only for those who ask for it; GitHub's own default is a form. @param {import('hono').Context} c @param {Record<string, string>} fields */
function answer(c, fields) {
  if (c.req.header('accept')?.includes('application/json')) return c.json(fields);
  return c.body(new URLSearchParams(fields).toString(), 200, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' });
}
