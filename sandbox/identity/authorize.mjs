/** The authorization endpoint of both providers: what is wrong with a request, and the page that asks the person. */

import { html } from 'hono/html';
import { back } from './grants.mjs';

/** @typedef {import('./grants.mjs').Asked} Asked */
/** @typedef {import('./grants.mjs').Grants} Grants */

/** Accounts that the page offers; the form takes any other. */
const KNOWN = [
  { name: 'Ada Example', email: 'delivered+ada@resend.dev' },
  { name: 'Ben Example', email: 'delivered+ben@resend.dev' },
];

/**
 * Reads an authorization request.
 *
 * @param {Grants} grants
 * @param {import('./config.mjs').Client['provider']} provider
 * @param {URLSearchParams} query
 * @returns {Asked | { error: string, text: string, client?: import('./config.mjs').Client }}
 */
export function readRequest(grants, provider, query) {
  const client = grants.client(provider, query.get('client_id'));
  if (client === undefined) return { error: 'invalid_client', text: 'The application is not known here: check client_id.' };
  const redirect = query.get('redirect_uri') ?? '';
  if (!client.redirects.includes(redirect)) {
    return { error: 'redirect_uri_mismatch', text: 'The redirect_uri is not one that was registered for this application.', client };
  }
  const state = query.get('state') ?? '';
  const method = query.get('code_challenge_method');
  const challenge = query.get('code_challenge') ?? undefined;
  const scopes = (query.get('scope') ?? '').split(/[\s,]+/).filter(Boolean);
  const wrong = [
    query.get('response_type') === 'code' ? '' : 'response_type must be code',
    state === '' ? 'state is missing' : '',
    challenge !== undefined && method !== 'S256' ? 'code_challenge_method must be S256' : '',
    challenge !== undefined && !/^[\w-]{43}$/.test(challenge) ? 'code_challenge must be 43 characters of base64url' : '',
    provider === 'google' && !scopes.includes('openid') ? 'scope must contain openid' : '',
  ].filter(Boolean);
  if (wrong.length > 0) return { error: 'invalid_request', text: `${wrong.join('; ')}.` };
  return { client, redirect, state, scopes, challenge, nonce: query.get('nonce') ?? undefined };
}

/** @param {string} provider @param {string} action @param {string} waiting @param {Asked} asked */
export function consentPage(provider, action, waiting, asked) {
  const host = new URL(asked.redirect).host;
  return page(
    `Sign in with ${provider}`,
    html`<h1>Sign in with ${provider}</h1>
<p><strong>${host}</strong> wants to know who you are (${asked.scopes.join(', ') || 'nothing more'}). This is the sandbox: you may be anybody.</p>
${KNOWN.map(({ name, email }) => form(action, waiting, html`${hidden('name', name)}${hidden('email', email)}<button>Continue as ${name}</button>`))}
${form(
  action,
  waiting,
  html`<label>Name <input name="name" autocomplete="off" required></label>
<label>E-mail <input name="email" type="email" autocomplete="off" required></label>
<button>Continue</button>`,
)}`,
  );
}

/** @param {string} title @param {string} text */
export function errorPage(title, text) {
  return page(title, html`<h1>Access blocked</h1><p>${title}</p><p>${text}</p>`);
}

/** Where GitHub sends its visitor when the redirect_uri is wrong. @param {string} registered @param {string} state */
export function mismatch(registered, state) {
  return back(registered, {
    error: 'redirect_uri_mismatch',
    error_description: 'The redirect_uri MUST match the registered callback URL for this application.',
    error_uri: 'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/#redirect-uri-mismatch',
    ...(state === '' ? {} : { state }),
  });
}

/** @param {string} action @param {string} waiting @param {ReturnType<typeof html>} content */
const form = (action, waiting, content) => html`<form method="post" action="${action}">${hidden('request', waiting)}${content}</form>`;

/** @param {string} name @param {string} value */
const hidden = (name, value) => html`<input type="hidden" name="${name}" value="${value}">`;

/** @param {string} title @param {ReturnType<typeof html>} content */
const page = (title, content) => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head>
<body>${content}</body>
</html>
`;
