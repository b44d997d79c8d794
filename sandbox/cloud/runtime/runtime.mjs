/** All scripts of the account: who keeps which bucket, which versions run, what they may call. */

import { Cell } from './cell.mjs';
import { Instance } from './instance.mjs';
import { versionWorker } from './options.mjs';
import { Outbound } from './outbound.mjs';
import { own, s3Bucket } from '../edge/hosts.mjs';

/** @typedef {import('../types.d.ts').Share} Share */

export class Runtime {
  /** @type {Map<string, Cell>} */
  #cells = new Map();

  /**
   * @param {import('../types.d.ts').CloudConfig} config
   * @param {import('../control/store.mjs').Store} store
   * @param {import('../types.d.ts').Logger} log
   * @param {(script: string) => void} died called when a script's workerd died by itself
   */
  constructor(config, store, log, died) {
    this.config = config;
    this.store = store;
    this.log = log;
    this.died = died;
    this.outbound = new Outbound(config.outbound, (host, path, from) => this.#inside(host, path, from), log);
  }

  /** Starts every script that has a deployment, all at once. */
  async start() {
    await Promise.all(
      [...this.store.scripts.values()].map(async ({ name, deployments: [current] }) => current && this.deploy(name, current.versions)),
    );
  }

  /** @param {string} script @returns {Cell} */
  cell(script) {
    let cell = this.#cells.get(script);
    if (cell === undefined) {
      const { config, log, died, outbound, store } = this;
      cell = new Cell({ script, config, log, died, outbound, storage: store.storagePath(script), load: (id) => this.#load(script, id) });
      this.#cells.set(script, cell);
    }
    return cell;
  }

  /** @param {string} script @param {string} versionId */
  #load(script, versionId) {
    const record = this.store.scripts.get(script)?.versions.find(({ id }) => id === versionId);
    if (record === undefined) throw new Error(`the script ${script} has no version ${versionId}`);
    return this.store.load(record);
  }

  /** The script whose runtime keeps a bucket, if that is settled. @param {string} bucket @returns {string | undefined} */
  bucketOwner(bucket) {
    return own(this.config.buckets, bucket)?.script ?? this.store.buckets.get(bucket)?.script;
  }

  /** @param {string} bucket */
  hasBucket(bucket) {
    return Object.hasOwn(this.config.buckets, bucket) || this.store.buckets.has(bucket);
  }

  /** @param {string} script */
  #bucketsOf(script) {
    return [...new Set([...Object.keys(this.config.buckets), ...this.store.buckets.keys()])].filter(
      (bucket) => this.bucketOwner(bucket) === script,
    );
  }

  /**
   * @param {string} script
   * @param {readonly Share[]} shares
   * @throws {import('./instance.mjs').StartError}
   */
  deploy(script, shares) {
    return this.cell(script).deploy(shares, this.#bucketsOf(script));
  }

  /**
   * Boots a candidate alone, as Cloudflare does at an upload.
   *
   * @param {string} script
   * @param {import('../types.d.ts').LoadedVersion} candidate
   * @returns {Promise<number>} milliseconds until it was up
   * @throws {import('./instance.mjs').StartError} with what workerd says about it
   */
  async tryOut(script, candidate) {
    const instance = new Instance({ log: this.log, died: () => {} });
    const began = performance.now();
    try {
      await instance.run([versionWorker(candidate, this.config, this.outbound.serviceFor(script))]);
      return Math.round(performance.now() - began);
    } finally {
      await instance.stop();
    }
  }

  /**
   * The runtime that keeps a bucket, started when need be.
   *
   * @param {string} bucket
   * @returns {Promise<Cell | undefined>} undefined when no script keeps it yet
   */
  async keeper(bucket) {
    const owner = this.bucketOwner(bucket);
    if (owner === undefined) return undefined;
    const cell = this.cell(owner);
    if (!cell.running) await cell.ensure(this.#bucketsOf(owner));
    return cell;
  }

  /**
   * Sends one request to the Worker that keeps a bucket's objects, through the bucket's gate.
   *
   * @param {string} bucket
   * @param {string | undefined} key
   * @param {{method?: string, headers?: Record<string, string>, body?: ReadableStream | null}} [init]
   * @returns {Promise<Response | undefined>} undefined when no script keeps the bucket yet; read or cancel its body, or the
   *   gate waits for it
   */
  async objects(bucket, key, init = {}) {
    const cell = await this.keeper(bucket);
    if (cell === undefined) return undefined;
    const leave = await cell.gate.enter();
    try {
      const path = [bucket, ...(key === undefined ? [] : [key])].map(encodeURIComponent).join('/');
      const answer = await fetch(
        `http://127.0.0.1:${cell.ports.objects}/${path}`,
        /** @type {RequestInit} */ ({ ...init, duplex: 'half' }),
      );
      if (answer.body === null) return (leave(), answer);
      const body = answer.body.pipeThrough(
        new TransformStream(/** @type {import('node:stream/web').Transformer} */ ({ flush: leave, cancel: leave })),
      );
      return new Response(body, answer);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * A Worker's own request to the S3 host. Within its own runtime it must not wait at the gate: a swap waits for the Worker.
   *
   * @param {string} host @param {string} path @param {string} from
   */
  async #inside(host, path, from) {
    const bucket = host === this.config.s3?.host ? s3Bucket(path) : undefined;
    if (bucket === undefined) return undefined;
    const cell = await this.keeper(bucket);
    if (cell === undefined) return undefined;
    return { leave: cell.script === from ? () => {} : await cell.gate.enter(), port: cell.ports.entry };
  }

  status() {
    return Object.fromEntries(
      [...this.#cells].map(([script, cell]) => [script, { current: cell.current, swapping: cell.swapping, held: cell.gate.heldEver }]),
    );
  }

  async stop() {
    this.outbound.stop();
    await Promise.all([...this.#cells.values()].map((cell) => cell.stop()));
  }
}
