/**
 * Google, as far as signing in with it needs it.
 *
 * https://developers.google.com/identity/openid-connect/openid-connect
 */

import { createHash, createPrivateKey, generateKeyPair, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { Hono } from 'hono';
import { consentPage, errorPage, readRequest } from './authorize.mjs';
import { Refused, TOKEN_MS } from './grants.mjs';
import { personIn } from './people.mjs';

const ISSUER = 'https://accounts.google.com';
const AUTHORIZE = '/o/oauth2/v2/auth';

/** @type {Record<Refused['code'], [error: string, text: string, status: 400 | 401]>} */
const REASONS = {
  client: ['invalid_client', 'Unauthorized', 401],
  code: ['invalid_grant', 'Malformed auth code.', 400],
  redirect: ['redirect_uri_mismatch', 'Bad Request', 400],
  verifier: ['invalid_grant', 'Invalid code verifier.', 400],
};

/** Signs id tokens, with a key that lives as long as this process. */
export class Signer {
  /** @param {import('node:crypto').KeyObject} key */
  constructor(key) {
    this.key = key;
    const { n, e } = key.export({ format: 'jwk' });
    this.id = randomBytes(8).toString('hex');
    this.jwk = { kty: 'RSA', use: 'sig', alg: 'RS256', kid: this.id, n, e };
  }

  static async create() {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    return new Signer(createPrivateKey(privateKey));
  }

  /** @param {Record<string, unknown>} claims @returns {string} a compact JWT */
  sign(claims) {
    const encoded = [{ alg: 'RS256', kid: this.id, typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${encoded}.${sign('RSA-SHA256', Buffer.from(encoded), this.key).toString('base64url')}`;
  }
}

/** accounts.google.com @param {import('./grants.mjs').Grants} grants */
export function google(grants) {
  return new Hono()
    .get('/.well-known/openid-configuration', (c) =>
      c.json({
        issuer: ISSUER,
        authorization_endpoint: `${ISSUER}${AUTHORIZE}`,
        token_endpoint: 'https://oauth2.googleapis.com/token',
        userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
        jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      }),
    )
    .get(AUTHORIZE, (c) => {
      const asked = readRequest(grants, 'google', new URL(c.req.url).searchParams);
      if ('error' in asked) return c.html(errorPage(`Error 400: ${asked.error}`, asked.text), asked.error === 'invalid_client' ? 401 : 400);
      return c.html(consentPage('Google', AUTHORIZE, grants.wait(asked), asked));
    })
    .post(AUTHORIZE, async (c) => {
      const { request, person } = await personIn(c);
      const target = person && grants.consent(request, person);
      return target ? c.redirect(target.href) : c.html(errorPage('Error 400: invalid_request', 'This page was answered already, or nobody was named.'), 400);
    });
}

/** oauth2.googleapis.com @param {import('./grants.mjs').Grants} grants @param {Signer} signer */
export function googleTokens(grants, signer) {
  return new Hono().post('/token', async (c) => {
    const given = new URLSearchParams(await c.req.text());
    if (given.get('grant_type') !== 'authorization_code') return c.json({ error: 'unsupported_grant_type', error_description: 'Invalid grant_type.' }, 400);
    try {
      const { token, grant } = grants.exchange('google', {
        id: given.get('client_id') ?? '',
        secret: given.get('client_secret') ?? '',
        code: given.get('code') ?? '',
        redirect: given.get('redirect_uri') ?? '',
        verifier: given.get('code_verifier') ?? '',
      });
      const seconds = Math.floor(grants.now() / 1000);
      const idToken = signer.sign({
        iss: ISSUER,
        azp: grant.client.id,
        aud: grant.client.id,
        ...profile(grant.person),
        at_hash: createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url'),
        ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
        iat: seconds,
        exp: seconds + TOKEN_MS / 1000,
      });
      return c.json({ access_token: token, expires_in: TOKEN_MS / 1000 - 1, scope: grant.scopes.join(' '), token_type: 'Bearer', id_token: idToken });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const [name, text, status] = REASONS[error.code];
      return c.json({ error: name, error_description: text }, status);
    }
  });
}

/** www.googleapis.com @param {Signer} signer */
export function googleKeys(signer) {
  return new Hono().get('/oauth2/v3/certs', (c) => c.json({ keys: [signer.jwk] }));
}

/** openidconnect.googleapis.com @param {import('./grants.mjs').Grants} grants */
export function googleProfiles(grants) {
  return new Hono().get('/v1/userinfo', (c) => {
    const grant = grants.bearer(c.req.header('authorization'));
    return grant ? c.json(profile(grant.person)) : c.json({ error: 'invalid_request', error_description: 'Invalid Credentials' }, 401);
  });
}

/** @param {import('./grants.mjs').Person} person */
function profile({ name, email }) {
  const digest = createHash('sha256').update(email.toLowerCase()).digest();
  const sub = `1${(digest.readBigUInt64BE(0) % 10n ** 20n).toString().padStart(20, '0')}`;
  return { sub, email, email_verified: true, name, given_name: name.split(' ')[0] };
}
