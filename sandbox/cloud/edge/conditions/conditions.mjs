/**
 * What stands between clients and the deployment, switched on and off while the sandbox runs. Nothing of it outlives the process.
 *
 * A condition is an object with a `kind`, the fields of that kind, and `hosts`, which narrows it to some of the edge's hosts.
 */

import { own, resolveHost, s3Hosts } from '../hosts.mjs';
import { texts } from './fields.mjs';
import { kinds } from './kinds.mjs';

/** A request for conditions that cannot be; the message names every mistake. */
export class ConditionError extends Error {}

/**
 * @typedef {object} Parts what a condition may use
 * @property {import('../../types.d.ts').CloudConfig} config
 * @property {import('../../control/store.mjs').Store} store
 * @property {() => number} now milliseconds
 * @property {() => number} roll a number in [0, 1)
 * @property {import('../server.mjs').Secure} secure changes the TLS of the front door
 */
/** @typedef {import('../exchange.mjs').Handler} Handler */
/** @typedef {{kind: string, hosts?: string[]} & Record<string, unknown>} Condition */

export class Conditions {
  /** @type {readonly Condition[]} */
  active = [];
  /** @type {readonly {applies: (host: string) => boolean, handler: Handler}[]} */
  #handlers = [];
  /** @type {(() => Promise<void>)[]} */
  #ends = [];

  /** @param {Pick<Parts, 'config' | 'store'> & Partial<Parts>} parts */
  constructor(parts) {
    /** @type {Parts} */
    this.parts = { now: () => performance.now(), roll: Math.random, secure: nobody, ...parts };
  }

  /**
   * Puts these conditions in the place of those before; the first one meets a request first.
   *
   * @param {unknown} wanted a list of conditions
   * @throws {ConditionError} naming everything that is wrong; then nothing has changed
   */
  async put(wanted) {
    const conditions = read(wanted, this.parts.config);
    await this.clear();
    for (const condition of conditions) {
      const kind = /** @type {import('./kinds.mjs').Kind} */ (kinds[condition.kind]);
      try {
        if (kind.start) this.#ends.push(await kind.start(condition, this.parts));
      } catch (error) {
        await this.clear();
        throw new ConditionError(`${condition.kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.#handlers = conditions.flatMap((condition) => {
      const kind = /** @type {import('./kinds.mjs').Kind} */ (kinds[condition.kind]);
      return kind.handler ? [{ applies: this.#scope(condition, kind), handler: kind.handler(condition, this.parts) }] : [];
    });
    this.active = conditions;
  }

  /** Ends all of them. */
  async clear() {
    this.active = [];
    this.#handlers = [];
    const ends = this.#ends;
    this.#ends = [];
    await Promise.all(ends.map((end) => end()));
  }

  /** The place of all conditions in the edge's chain. @type {Handler} */
  handler = (exchange, next) => {
    const handlers = this.#handlers;
    /** @param {number} index @returns {Promise<void>} */
    const run = async (index) => {
      const entry = handlers[index];
      if (entry === undefined) return next();
      return entry.applies(exchange.host) ? entry.handler(exchange, () => run(index + 1)) : run(index + 1);
    };
    return run(0);
  };

  /** @param {Condition} condition @param {import('./kinds.mjs').Kind} kind @returns {(host: string) => boolean} */
  #scope({ hosts }, { everywhere }) {
    if (hosts !== undefined) return (host) => hosts.includes(host);
    if (everywhere) return () => true;
    const { config, store } = this.parts;
    return (host) => resolveHost(host, config, (script) => store.scripts.get(script)?.subdomain).kind === 'worker';
  }
}

/** @type {import('../server.mjs').Secure} */
const nobody = () => {
  throw new Error('there is no front door yet');
};

/**
 * @param {unknown} wanted
 * @param {import('../../types.d.ts').CloudConfig} config
 * @returns {Condition[]}
 * @throws {ConditionError}
 */
export function read(wanted, config) {
  if (!Array.isArray(wanted)) throw new ConditionError('conditions must be a list of objects');
  /** @type {string[]} */
  const wrong = [];
  const conditions = wanted.map((/** @type {unknown} */ entry, index) => {
    const given = /** @type {Record<string, unknown>} */ (typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry : {});
    const name = typeof given.kind === 'string' ? given.kind : '';
    const at = `condition ${index + 1}${name === '' ? '' : ` (${name})`}`;
    const kind = own(kinds, name);
    if (kind === undefined) {
      wrong.push(`${at}: kind must be one of ${Object.keys(kinds).join(', ')}`);
      return { kind: name };
    }
    const fields = { ...kind.fields, ...(kind.handler ? { hosts: texts } : {}) };
    for (const unknown of Object.keys(given).filter((field) => field !== 'kind' && !Object.hasOwn(fields, field)))
      wrong.push(`${at}: ${unknown} is unknown; it takes ${Object.keys(fields).join(', ') || 'no fields'}`);
    /** @type {Condition} */
    const read = { kind: name };
    for (const [field, shape] of Object.entries(fields)) {
      const value = Object.hasOwn(given, field) ? given[field] : shape.fallback;
      if (value === undefined) {
        if (shape.needed) wrong.push(`${at}: ${field} is missing; it must be ${shape.must}`);
      } else if (shape.holds(value)) read[field] = value;
      else wrong.push(`${at}: ${field} must be ${shape.must}`);
    }
    for (const host of read.hosts ?? []) {
      if (!served(host, config)) wrong.push(`${at}: hosts names ${host}, which this edge does not serve`);
    }
    return read;
  });
  if (wrong.length > 0) throw new ConditionError(wrong.join('; '));
  return conditions;
}

/** @param {string} host @param {import('../../types.d.ts').CloudConfig} config */
function served(host, config) {
  return (
    [...Object.keys(config.hosts), ...s3Hosts(config), ...Object.keys(config.proxied)].includes(host) ||
    host.endsWith(`.${config.account.subdomain}.${config.zone}`)
  );
}
