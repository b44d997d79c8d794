/** One Miniflare: boots it with a deadline, turns what workerd says into one clear message, notices its death. */

import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';

/** @typedef {import('./options.mjs').WorkerOptions} WorkerOptions */

/** Cloudflare refuses a Worker whose global scope runs longer than a second; workerd itself would wait for ever. */
const BOOT_DEADLINE_MS = 15_000;

/** workerd did not come up with these Workers; the message is what it said about them. */
export class StartError extends Error {}

class MiniflareLog extends Log {
  /** @param {import('../types.d.ts').Logger} log @param {() => void} died */
  constructor(log, died) {
    super(LogLevel.WARN);
    this.tell = log;
    this.died = died;
  }

  /** @param {string} message @override */
  log(message) {
    this.tell('miniflare', { message });
  }

  /** @param {string} message @override */
  warn(message) {
    super.warn(message);
    // Miniflare has no hook for the moment of death, only one for after the restart.
    if (message.includes('crashed unexpectedly')) this.died();
  }
}

const signals = /** @type {const} */ (['SIGHUP', 'SIGINT', 'SIGTERM']);

/**
 * Miniflare ends the process at a signal, at once and with an error. How this process ends is for its `main` to say; what
 * stays is Miniflare's hook that kills workerd at exit.
 *
 * @template T @param {() => T} make @returns {T}
 */
function quietly(make) {
  const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  const made = make();
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) if (!before.get(signal)?.includes(listener)) process.removeListener(signal, listener);
  }
  return made;
}

export class Instance {
  /** @type {Miniflare | undefined} */
  #miniflare;
  /** @type {string[]} what workerd said while starting */
  #said = [];
  #up = false;

  /**
   * @param {{storage?: string | undefined, log: import('../types.d.ts').Logger, died: () => void}} options
   *   without `storage`, objects live in a temporary folder
   */
  constructor({ storage, log, died }) {
    this.storage = storage;
    this.log = log;
    this.died = died;
  }

  /** @param {WorkerOptions[]} workers */
  #options(workers) {
    return {
      ...convertV4MiniflareOptions({
        host: '127.0.0.1',
        port: 0,
        cf: false,
        logRequests: false,
        log: new MiniflareLog(this.log, this.died),
        handleStructuredLogs: ({ level, message }) => {
          if (!this.#up) this.#said.push(message);
          else this.log('worker', { level, message });
        },
        ...(this.storage === undefined ? {} : { resourcePersistencePath: this.storage }),
        workers,
      }),
      // The registry would announce these Workers to every other Miniflare of this user.
      enableDevRegistry: false,
    };
  }

  /**
   * Starts workerd with these Workers, or restarts it when it runs.
   *
   * @param {WorkerOptions[]} workers
   * @throws {StartError} nothing runs then
   */
  async run(workers) {
    this.#up = false;
    this.#said = [];
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    try {
      const options = this.#options(workers);
      const started =
        this.#miniflare === undefined
          ? (this.#miniflare = quietly(() => new Miniflare(options))).ready
          : this.#miniflare.setOptions(options);
      await Promise.race([
        started,
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`the Worker did not start within ${BOOT_DEADLINE_MS / 1000} s`)), BOOT_DEADLINE_MS);
        }),
      ]);
      this.#up = true;
    } catch (error) {
      await this.stop();
      throw new StartError(this.#reason(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {unknown} error */
  #reason(error) {
    const said = this.#said.map((message) => message.replace(/^service core:user:[^:]*: /, '').replaceAll('file:///', ''));
    return said.length > 0 ? said.join('\n') : error instanceof Error ? error.message : String(error);
  }

  /** Port of a Worker's direct socket. @param {string} worker @returns {Promise<number>} */
  async port(worker) {
    if (this.#miniflare === undefined) throw new Error('workerd is not running');
    return Number((await this.#miniflare.unsafeGetDirectURL(worker)).port);
  }

  /** Port of Miniflare's own entry, which answers S3. @returns {Promise<number>} */
  async entryPort() {
    if (this.#miniflare === undefined) throw new Error('workerd is not running');
    return Number((await this.#miniflare.ready).port);
  }

  /** Ends workerd; safe to call again. */
  async stop() {
    const miniflare = this.#miniflare;
    this.#miniflare = undefined;
    // A Miniflare that never became ready rejects again here; its reason has been told.
    await miniflare?.dispose().catch(() => {});
  }
}
