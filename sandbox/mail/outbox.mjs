/**
 * The account's mails: accepts, keeps, lists, cancels and moves them, and tells listeners what happens to each.
 *
 * Events are emitted as `event` with `{ type: 'email.delivered', at, mail }`; webhooks listen to them.
 */

import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { ANY } from './config.mjs';
import { changedIdempotentRequest, invalid, notFound } from './errors.mjs';
import { Journal } from './journal.mjs';
import { lastEvent, timeline } from './lifecycle.mjs';
import { parseMailbox } from './addresses.mjs';

/** @typedef {import('./validation.mjs').Draft & import('./lifecycle.mjs').Course & { id: string, messageId: string }} Mail */
/** @typedef {{ type: `email.${import('./lifecycle.mjs').LastEvent}`, at: number, mail: Mail }} MailEvent */
/** @typedef {{ scope: string, key: string, fingerprint: string, answer: unknown, at: number }} KeptRequest an idempotent request and its answer */
/** @typedef {{ id: string, name: string, createdAt: number }} Domain */
/**
 * @typedef {{ type: 'accepted', mails: Mail[], request?: KeptRequest }
 *   | { type: 'canceled', id: string, at: number }
 *   | { type: 'rescheduled', id: string, scheduledAt: number }
 *   | { type: 'domain', domain: Domain }} Entry
 */
/** @typedef {{ limit: number, after?: string | undefined, before?: string | undefined }} Page */

// https://resend.com/docs/dashboard/emails/idempotency-keys: keys are kept for 24 hours.
const REQUEST_KEPT_MS = 24 * 3_600_000;

/** @extends {EventEmitter<{ event: [MailEvent] }>} */
export class Outbox extends EventEmitter {
  /** @type {Map<string, Mail>} oldest first */
  #mails = new Map();
  /** @type {Map<string, KeptRequest>} */
  #requests = new Map();
  /** @type {Map<string, Domain>} */
  #domains = new Map();
  /** @type {Map<string, () => void>} what stops the next event of a mail */
  #pending = new Map();
  /** @type {Journal<Entry>} */
  #journal;
  #clock;
  #delayMs;
  #holdMs = 0;
  /** @type {import('./addresses.mjs').Outcome | null} */
  #fate = null;

  /**
   * @param {{ state: string, domains: readonly string[], deliveryDelayMs: number }} config
   * @param {import('./clock.mjs').Clock} clock
   * @throws {Error} when the state folder cannot be used or is damaged
   */
  constructor(config, clock) {
    super();
    this.#clock = clock;
    this.#delayMs = config.deliveryDelayMs;
    this.#journal = new Journal(config.state, 'mails.jsonl');
    for (const entry of this.#journal.read()) this.#apply(entry);
    const known = this.#domains;
    this.#domains = new Map();
    for (const name of config.domains.filter((each) => each !== ANY)) {
      const domain = known.get(name);
      if (domain) this.#domains.set(name, domain);
      else this.#write({ type: 'domain', domain: { id: randomUUID(), name, createdAt: clock.now() } });
    }
    for (const mail of this.#mails.values()) this.#watch(mail);
  }

  /** Grows with every change, also with those that time brings; a viewer that saw this number has nothing to fetch. */
  get revision() {
    return createHash('sha256').update(this.newest().map((mail) => `${mail.id}${this.lastEvent(mail)}`).join()).digest('base64url').slice(0, 16);
  }

  /** @returns {Domain[]} */
  get domains() {
    return [...this.#domains.values()];
  }

  /**
   * @param {readonly import('./validation.mjs').Draft[]} drafts
   * @param {(mails: Mail[]) => unknown} answer what the request is answered with
   * @param {{ scope: string, key: string, fingerprint: string } | null} request set when the sender gave an idempotency key
   * @returns {unknown} the answer
   */
  accept(drafts, answer, request) {
    const now = this.#clock.now();
    const mails = drafts.map((draft) => {
      const id = randomUUID();
      const domain = parseMailbox(draft.from)?.domain ?? 'localhost';
      return { ...draft, id, messageId: `<${id}@${domain}>`, createdAt: now, canceledAt: null, delayMs: this.#delayMs, heldMs: this.#holdMs, ...(this.#fate && { outcome: this.#fate }) };
    });
    const given = answer(mails);
    this.#write({ type: 'accepted', mails, ...(request && { request: { ...request, answer: given, at: now } }) });
    for (const mail of mails) this.#watch(mail);
    return given;
  }

  /**
   * @param {{ scope: string, key: string, fingerprint: string }} request
   * @returns {{ answer: unknown } | null} the answer given before; null for a new request
   * @throws {import('./errors.mjs').ApiError} 409 when the key was used with another body
   */
  replay(request) {
    const kept = this.#requests.get(`${request.scope} ${request.key}`);
    if (!kept || this.#clock.now() >= kept.at + REQUEST_KEPT_MS) return null;
    if (kept.fingerprint !== request.fingerprint) throw changedIdempotentRequest();
    return { answer: kept.answer };
  }

  /** From now on the service sits on each new mail for so long: accepted, but neither listed nor sent. @param {number} milliseconds */
  hold(milliseconds) {
    this.#holdMs = milliseconds;
  }

  /** From now on this becomes of each new mail, whoever it is for; null leaves that to the recipient. @param {import('./addresses.mjs').Outcome | null} outcome */
  decide(outcome) {
    this.#fate = outcome;
  }

  /** @param {string} id @returns {Mail} @throws {import('./errors.mjs').ApiError} 404, also for a mail that is being held */
  get(id) {
    const mail = this.#mails.get(id.toLowerCase());
    if (!mail || !this.#shown(mail)) throw notFound('Email');
    return mail;
  }

  /** @param {Mail} mail */
  lastEvent(mail) {
    return lastEvent(mail, this.#clock.now());
  }

  /** @returns {Mail[]} newest first */
  newest() {
    return [...this.#mails.values()].filter((mail) => this.#shown(mail)).reverse();
  }

  /** @param {Mail} mail */
  #shown(mail) {
    return this.#clock.now() >= mail.createdAt + (mail.heldMs ?? 0);
  }

  /**
   * One page, newest first. `after` continues towards older mails, `before` goes back towards newer ones
   * (https://resend.com/docs/api-reference/pagination).
   *
   * @param {Page} page
   * @returns {{ mails: Mail[], more: boolean }}
   */
  list({ limit, after, before }) {
    const all = this.newest();
    const cursor = after ?? before;
    const at = cursor === undefined ? -1 : all.findIndex((mail) => mail.id === cursor.toLowerCase());
    if (cursor !== undefined && at < 0) throw invalid(`The \`${after === undefined ? 'before' : 'after'}\` cursor is not the id of an email.`);
    if (before !== undefined) return { mails: all.slice(Math.max(0, at - limit), at), more: at > limit };
    return { mails: all.slice(at + 1, at + 1 + limit), more: all.length > at + 1 + limit };
  }

  /** @param {string} id @throws {import('./errors.mjs').ApiError} 404, or 422 when the mail no longer waits */
  cancel(id) {
    const mail = this.#waiting(id);
    this.#write({ type: 'canceled', id: mail.id, at: this.#clock.now() });
    this.#watch(mail);
  }

  /** @param {string} id @param {number} scheduledAt @throws {import('./errors.mjs').ApiError} 404, or 422 when the mail no longer waits */
  reschedule(id, scheduledAt) {
    const mail = this.#waiting(id);
    this.#write({ type: 'rescheduled', id: mail.id, scheduledAt });
    this.#watch(mail);
  }

  /** Ends all waiting; nothing is emitted afterwards. */
  close() {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
    this.removeAllListeners();
  }

  /** @param {string} id */
  #waiting(id) {
    const mail = this.get(id);
    if (this.lastEvent(mail) !== 'scheduled') throw invalid('Only an email that is still scheduled can be changed.');
    return mail;
  }

  /** @param {Entry} entry */
  #write(entry) {
    this.#journal.append(entry);
    this.#apply(entry);
  }

  /** @param {Entry} entry */
  #apply(entry) {
    if (entry.type === 'domain') this.#domains.set(entry.domain.name, entry.domain);
    if (entry.type === 'canceled') this.get(entry.id).canceledAt = entry.at;
    if (entry.type === 'rescheduled') this.get(entry.id).scheduledAt = entry.scheduledAt;
    if (entry.type === 'accepted') {
      for (const mail of entry.mails) this.#mails.set(mail.id, mail);
      if (entry.request) this.#requests.set(`${entry.request.scope} ${entry.request.key}`, entry.request);
    }
  }

  /** Emits the steps that have come and waits for the next one. @param {Mail} mail */
  #watch(mail, from = this.#clock.now()) {
    this.#pending.get(mail.id)?.();
    this.#pending.delete(mail.id);
    const now = this.#clock.now();
    const steps = timeline(mail);
    for (const step of steps.filter(({ at }) => at >= from && at <= now)) this.emit('event', { type: `email.${step.event}`, at: step.at, mail });
    const next = steps.find(({ at }) => at > now);
    // The 1 ms keeps a timer that fires early from looking at the mail before its step has come.
    if (next) this.#pending.set(mail.id, this.#clock.after(next.at - now + 1, () => this.#watch(mail, next.at)));
  }
}
