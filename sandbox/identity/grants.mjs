/** What a provider remembers between its pages and its endpoints: requests that wait for a person, codes, tokens. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Life of a code, of a page that nobody has answered, and of a token, in milliseconds. */
export const CODE_MS = 10 * 60_000;
export const TOKEN_MS = 60 * 60_000;

/** @typedef {import('./config.mjs').Client} Client */
/** @typedef {{ name: string, email: string }} Person */

/**
 * An authorization request that was found to be in order.
 *
 * @typedef {object} Asked
 * @property {Client} client
 * @property {string} redirect
 * @property {string} state
 * @property {string[]} scopes
 * @property {string | undefined} challenge the S256 challenge, when the client uses PKCE
 * @property {string | undefined} nonce
 */

/** @typedef {{ person: Person, scopes: string[], client: Client, nonce: string | undefined }} Grant */

/** The reason why a code was not exchanged; `code` is a word that both providers can be told in. */
export class Refused extends Error {
  /** @param {'client' | 'code' | 'redirect' | 'verifier'} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export class Grants {
  /** @type {Map<string, { asked: Asked, until: number }>} */
  #pages = new Map();
  /** @type {Map<string, { asked: Asked, person: Person, until: number, token?: string }>} */
  #codes = new Map();
  /** @type {Map<string, { grant: Grant, until: number }>} */
  #tokens = new Map();

  /** @param {readonly Client[]} clients @param {() => number} [now] milliseconds */
  constructor(clients, now = Date.now) {
    this.clients = clients;
    this.now = now;
  }

  /** @param {Client['provider']} provider @param {string | null | undefined} id @returns {Client | undefined} */
  client(provider, id) {
    return this.clients.find((client) => client.provider === provider && client.id === id);
  }

  /** Keeps a request until somebody presses the button. @param {Asked} asked @returns {string} what the page sends back */
  wait(asked) {
    const id = token();
    this.#pages.set(id, { asked, until: this.now() + CODE_MS });
    return id;
  }

  /** The page was answered; a second answer finds nothing. @param {string} id @param {Person} person @returns {URL | undefined} */
  consent(id, person) {
    const page = this.#pages.get(id);
    this.#pages.delete(id);
    if (page === undefined || page.until < this.now()) return undefined;
    const code = token();
    this.#codes.set(code, { asked: page.asked, person, until: this.now() + CODE_MS });
    return back(page.asked.redirect, { code, state: page.asked.state });
  }

  /**
   * @param {Client['provider']} provider
   * @param {{ id: string, secret: string, code: string, redirect: string, verifier: string }} given
   * @returns {{ token: string, grant: Grant }}
   * @throws {Refused}
   */
  exchange(provider, given) {
    const client = this.client(provider, given.id);
    if (client === undefined || !same(client.secret, given.secret)) throw new Refused('client');
    const kept = this.#codes.get(given.code);
    if (kept === undefined || kept.asked.client !== client || kept.until < this.now()) throw new Refused('code');
    if (kept.token !== undefined) {
      this.#tokens.delete(kept.token);
      throw new Refused('code');
    }
    if (kept.asked.redirect !== given.redirect) throw new Refused('redirect');
    const { challenge, scopes, nonce } = kept.asked;
    if (challenge !== undefined && !same(challenge, createHash('sha256').update(given.verifier).digest('base64url'))) throw new Refused('verifier');
    kept.token = `${provider === 'github' ? 'gho_' : 'ya29.'}${token()}`;
    const grant = { person: kept.person, scopes, client, nonce };
    this.#tokens.set(kept.token, { grant, until: this.now() + TOKEN_MS });
    return { token: kept.token, grant };
  }

  /** Whose bearer token it is. @param {string | undefined} authorization @returns {Grant | undefined} */
  bearer(authorization) {
    const [, given] = /^(?:bearer|token) (\S+)$/i.exec(authorization ?? '') ?? [];
    const kept = given === undefined ? undefined : this.#tokens.get(given);
    return kept !== undefined && kept.until >= this.now() ? kept.grant : undefined;
  }
}

/** @param {string} redirect @param {Record<string, string>} fields @returns {URL} */
export function back(redirect, fields) {
  const url = new URL(redirect);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url;
}

const token = () => randomBytes(24).toString('base64url');

/** @param {string} one @param {string} other */
function same(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
