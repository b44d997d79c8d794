/**
 * Holds new requests while a Worker is swapped, after those in flight have finished.
 *
 * A swap restarts workerd; without this, clients see resets for about half a second.
 */

/** A request waited longer than the gate may hold it. */
export class HeldTooLong extends Error {}

export class Gate {
  #inFlight = 0;
  #closed = false;
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {Set<() => void>} */
  #drained = new Set();
  /** How many requests were ever held. */
  heldEver = 0;
  /** When the last request left; background work of a Worker begins then. */
  lastLeft = 0;

  /** @param {number} holdMs the longest that a request is held, in milliseconds */
  constructor(holdMs) {
    this.holdMs = holdMs;
  }

  get inFlight() {
    return this.#inFlight;
  }

  get held() {
    return this.#waiting.size;
  }

  /**
   * Waits until the gate is open, then counts the caller as in flight.
   *
   * @returns {Promise<() => void>} call it when the exchange is over; further calls do nothing
   * @throws {HeldTooLong}
   */
  async enter() {
    const deadline = performance.now() + this.holdMs;
    if (this.#closed) this.heldEver += 1;
    while (this.#closed) {
      await new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
        const go = () => (clearTimeout(timer), this.#waiting.delete(go), resolve());
        const timer = setTimeout(() => (this.#waiting.delete(go), reject(new HeldTooLong())), Math.max(0, deadline - performance.now()));
        this.#waiting.add(go);
      });
    }
    this.#inFlight += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.lastLeft = performance.now();
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const tell of [...this.#drained]) tell();
    };
  }

  /**
   * Holds everyone who comes from now on and waits for those inside.
   *
   * @param {number} withinMs the longest wait, in milliseconds
   * @returns {Promise<number>} how many were still inside when the wait ended
   */
  async close(withinMs) {
    this.#closed = true;
    if (this.#inFlight > 0) {
      await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
        const done = () => (clearTimeout(timer), this.#drained.delete(done), resolve());
        const timer = setTimeout(done, withinMs);
        this.#drained.add(done);
      });
    }
    return this.#inFlight;
  }

  open() {
    this.#closed = false;
    for (const go of [...this.#waiting]) go();
  }
}
