/**
 * Request limit per key, answered in the headers Resend documents: `ratelimit-limit`, `ratelimit-remaining`,
 * `ratelimit-reset` (seconds) on every answer and `retry-after` (seconds) on a refusal.
 * Source: https://resend.com/docs/api-reference/rate-limit ; `ratelimit-policy` is in its recorded answers too.
 */

/** @typedef {{ max: number, windowMs: number }} RateLimit at most `max` requests in each window of `windowMs` milliseconds */

export class RateLimiter {
  /** @type {Map<string, { start: number, used: number }>} */
  #windows = new Map();
  #limit;
  #clock;

  /** @param {RateLimit} limit @param {import('./clock.mjs').Clock} clock */
  constructor(limit, clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** The window's length in whole seconds, as the headers state it. */
  get seconds() {
    return Math.max(1, Math.ceil(this.#limit.windowMs / 1000));
  }

  get max() {
    return this.#limit.max;
  }

  /**
   * Counts one request.
   *
   * @param {string} owner whose limit it is: one name per key, one for everybody without a valid key
   * @returns {{ allowed: boolean, headers: Record<string, string> }}
   */
  take(owner) {
    const now = this.#clock.now();
    let window = this.#windows.get(owner);
    if (!window || now >= window.start + this.#limit.windowMs) {
      window = { start: now, used: 0 };
      this.#windows.set(owner, window);
    }
    const allowed = window.used < this.#limit.max;
    if (allowed) window.used += 1;
    const reset = String(Math.max(1, Math.ceil((window.start + this.#limit.windowMs - now) / 1000)));
    /** @type {Record<string, string>} */
    const headers = {
      'ratelimit-limit': String(this.#limit.max),
      'ratelimit-policy': `${this.#limit.max};w=${this.seconds}`,
      'ratelimit-remaining': String(this.#limit.max - window.used),
      'ratelimit-reset': reset,
    };
    if (!allowed) headers['retry-after'] = reset;
    return { allowed, headers };
  }
}
