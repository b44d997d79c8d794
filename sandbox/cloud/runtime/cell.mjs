/**
 * One script's runtime: its versions and its objects in one workerd, so that a swap of one script is invisible to the others.
 *
 * Versions stay resident after they have been replaced, so that the way back needs no restart. Only a version that is not
 * resident restarts workerd, behind the closed gate.
 */

import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { Gate } from './gate.mjs';
import { Instance, StartError } from './instance.mjs';
import { OBJECTS, objectsWorker, versionWorker } from './options.mjs';

/** @typedef {import('../types.d.ts').Share} Share */

/** So many versions run in one workerd, the deployed one and the one before it: a bundle of 2 MB adds 0.2 s to each swap (measured). */
const RESIDENT = 2;
/** Longest that a new request waits for a swap. */
const HOLD_MS = 30_000;
/** Longest that a swap waits for requests in flight; what is still open then is cut. */
const DRAIN_MS = 10_000;
/** A Worker's background work (`waitUntil`) may send its mail a moment after the answer. */
const SETTLE_MS = 100;
/** workerd closes idle connections after 5 s; ours must end first, or a request meets a closed one. */
const IDLE_MS = 2000;

export class Cell {
  gate = new Gate(HOLD_MS);
  swapping = false;
  /** @type {readonly Share[]} */
  current = [];
  /** @type {Map<string, number>} version id -> port, the most recently wanted first */
  #resident = new Map();
  /** @type {string[]} */
  #buckets = [];
  #ports = { objects: 0, entry: 0 };
  #agent = new http.Agent({ keepAlive: true, timeout: IDLE_MS });
  /** @type {Instance | undefined} */
  #instance;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #stopped = false;

  /**
   * @param {object} options
   * @param {string} options.script
   * @param {import('../types.d.ts').CloudConfig} options.config
   * @param {string} options.storage folder of the script's objects
   * @param {(versionId: string) => Promise<import('../types.d.ts').LoadedVersion>} options.load
   * @param {import('./outbound.mjs').Outbound} options.outbound
   * @param {import('../types.d.ts').Logger} options.log
   * @param {(script: string) => void} options.died
   */
  constructor(options) {
    this.options = options;
    this.script = options.script;
  }

  get agent() {
    return this.#agent;
  }

  get running() {
    return this.#instance !== undefined;
  }

  /** Port of a resident version. @param {string} versionId @returns {number | undefined} */
  port(versionId) {
    return this.#resident.get(versionId);
  }

  /** Ports of the objects' Worker and of Miniflare's entry (S3). */
  get ports() {
    return this.#ports;
  }

  /**
   * Makes these versions answer. Requests in flight finish on the old ones.
   *
   * @param {readonly Share[]} shares
   * @param {readonly string[]} buckets all buckets that the script keeps
   * @throws {StartError} the previous deployment keeps serving
   */
  deploy(shares, buckets) {
    return this.#inTurn(() =>
      this.#reside(
        shares.map(({ version_id }) => version_id),
        buckets,
        shares,
      ),
    );
  }

  /**
   * Starts the runtime with what it has, for a script whose objects are wanted before its first deployment.
   *
   * @param {readonly string[]} buckets
   */
  ensure(buckets) {
    return this.#inTurn(() => this.#reside([], buckets));
  }

  /** Makes one version reachable beside the deployment, for its preview host. @param {string} versionId @throws {StartError} */
  async preview(versionId) {
    if (!this.#resident.has(versionId)) await this.#inTurn(() => this.#reside([versionId], this.#buckets));
  }

  /** One change at a time. @template T @param {() => Promise<T>} change @returns {Promise<T>} */
  #inTurn(change) {
    const turn = this.#last.then(change);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /**
   * @param {readonly string[]} wanted
   * @param {readonly string[]} buckets
   * @param {readonly Share[]} [shares] the deployment to serve from then on
   */
  async #reside(wanted, buckets, shares = this.current) {
    if (this.#stopped) throw new StartError('the sandbox is stopping');
    const known = wanted.every((id) => this.#resident.has(id)) && buckets.every((bucket) => this.#buckets.includes(bucket));
    const ids = [...new Set([...wanted, ...this.current.map(({ version_id }) => version_id), ...this.#resident.keys()])];
    if (known && this.running) {
      this.#resident = new Map(ids.map((id) => [id, this.#resident.get(id) ?? 0]));
      this.current = shares;
      return;
    }
    // The current deployment must survive a preview, and a preview needs its version: those may exceed the limit.
    const needed = new Set([...wanted, ...this.current.map(({ version_id }) => version_id)]);
    await this.#swap(ids.slice(0, Math.max(RESIDENT, needed.size)), [...buckets], shares);
  }

  /** @param {string[]} ids @param {string[]} buckets @param {readonly Share[]} shares */
  async #swap(ids, buckets, shares) {
    const previous = { ids: [...this.#resident.keys()], buckets: this.#buckets };
    const began = performance.now();
    const workers = await this.#workers(ids, buckets);
    this.swapping = true;
    try {
      if (this.running) await this.#drain();
      const drained = performance.now();
      try {
        await this.#boot(workers, ids, buckets);
      } catch (error) {
        if (previous.ids.length > 0) await this.#boot(await this.#workers(previous.ids, previous.buckets), previous.ids, previous.buckets);
        throw error;
      }
      this.current = shares;
      this.options.log('swapped', {
        script: this.script,
        versions: ids.length,
        drain_ms: Math.round(drained - began),
        boot_ms: Math.round(performance.now() - drained),
        held: this.gate.held,
      });
    } finally {
      this.swapping = false;
      this.gate.open();
    }
  }

  /** @param {readonly string[]} ids @param {readonly string[]} buckets */
  async #workers(ids, buckets) {
    const { config, load, outbound } = this.options;
    const versions = await Promise.all(ids.map((id) => load(id)));
    const service = outbound.serviceFor(this.script);
    return [objectsWorker(buckets, config), ...versions.map((version) => versionWorker(version, config, service))];
  }

  async #drain() {
    const left = await this.gate.close(DRAIN_MS);
    if (left > 0) this.options.log('drain deadline', { script: this.script, cut: left });
    const deadline = performance.now() + DRAIN_MS / 2;
    while (performance.now() < deadline) {
      const quiet = performance.now() - this.gate.lastLeft;
      if (quiet >= SETTLE_MS && this.options.outbound.inFlight(this.script) === 0) return;
      await pause(Math.min(20, Math.max(1, SETTLE_MS - quiet)));
    }
    this.options.log('background deadline', { script: this.script });
  }

  /** @param {import('./options.mjs').WorkerOptions[]} workers @param {readonly string[]} ids @param {string[]} buckets */
  async #boot(workers, ids, buckets) {
    this.#instance ??= new Instance({ storage: this.options.storage, log: this.options.log, died: () => this.options.died(this.script) });
    const instance = this.#instance;
    try {
      await instance.run(workers);
    } catch (error) {
      this.#instance = undefined;
      this.#resident = new Map();
      throw error;
    }
    const ports = await Promise.all(ids.map((id) => instance.port(id)));
    this.#resident = new Map(ids.map((id, index) => [id, ports[index] ?? 0]));
    this.#ports = { objects: await instance.port(OBJECTS), entry: await instance.entryPort() };
    this.#buckets = buckets;
    this.#agent.destroy();
    this.#agent = new http.Agent({ keepAlive: true, timeout: IDLE_MS });
  }

  async stop() {
    this.#stopped = true;
    this.#agent.destroy();
    await this.#instance?.stop();
  }
}
