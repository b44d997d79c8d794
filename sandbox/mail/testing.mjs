/** What the tests beside this file share: a service in this process on a clock that stands still, with a state folder of its own. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from './log.mjs';
import { createService } from './service.mjs';

/** @typedef {import('./clock.mjs').Clock} Clock */

export const KEYS = { full: 're_full_of_this_test', sending: 're_sending_of_this_test' };
export const SENDER = 'Acme <hello@mail.acme.test>';
export const OWNER = 'owner@acme.test';
export const DELAY = 300;

/**
 * A clock that stands still until it is told to go on.
 *
 * @returns {Clock & { advance(milliseconds: number): void }}
 */
export function manualClock(start = Date.UTC(2026, 0, 1)) {
  let now = start;
  /** @type {Set<{ at: number, run: () => void }>} */
  const waiting = new Set();
  return {
    now: () => now,
    after(milliseconds, run) {
      const entry = { at: now + Math.max(milliseconds, 0), run };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = [...waiting].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        waiting.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
}

/** @typedef {{ status: number, headers: Headers, body: any }} Answer */

/**
 * @param {import('node:test').TestContext} test removes the state folder when the test ends
 * @param {Partial<import('./config.mjs').Config> & { log?: import('./log.mjs').Log }} changes
 */
export function mailService(test, { log = silent, ...changes } = {}) {
  const state = mkdtempSync(join(tmpdir(), 'mail-'));
  const clock = manualClock();
  /** @type {import('./config.mjs').Config} */
  const config = {
    keys: KEYS,
    domains: ['mail.acme.test'],
    owner: OWNER,
    deliveryDelayMs: DELAY,
    rateLimit: { max: 1000, windowMs: 1000 },
    state,
    webhooks: [],
    ...changes,
  };
  let service = createService(config, { clock, log });
  test.after(() => {
    service.close();
    rmSync(state, { recursive: true });
  });

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ key?: string | null, body?: unknown, raw?: string, headers?: Record<string, string>, host?: string }} options key null: no key
   * @returns {Promise<Answer>}
   */
  async function call(method, path, { key = KEYS.full, body, raw, headers = {}, host = '127.0.0.1' } = {}) {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const init = {
      method,
      headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(text !== undefined && { body: text }),
    };
    const answer = await service.fetch(new Request(`http://${host}${path}`, init));
    const read = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(read) : read };
  }

  return {
    clock,
    state,
    call,
    /** @param {Record<string, unknown>} changes @param {Parameters<typeof call>[2]} options */
    send: (changes = {}, options = {}) => call('POST', '/emails', { body: mail(changes), ...options }),
    /** @param {string} id */
    lastEvent: async (id) => (await call('GET', `/emails/${id}`)).body.last_event,
    outbox: () => service.outbox,
    /** Stops the service and starts another one on the same state. */
    restart() {
      service.close();
      service = createService(config, { clock, log });
    },
  };
}

/** A body that is accepted. @param {Record<string, unknown>} changes */
export const mail = (changes = {}) => ({ from: SENDER, to: 'delivered@resend.dev', subject: 'Confirm your address', html: '<p>Hello</p>', ...changes });
