/**
 * Time as the mail sandbox sees it. Everything that waits or stamps takes a clock, so tests move time instead of waiting.
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds since 1970
 * @property {(milliseconds: number, run: () => void) => () => void} after runs once later; returns what cancels it
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    // Node fires a timer above 2^31-1 ms at once. A scheduled mail lies at most 30 days ahead, which is beyond that.
    const limit = 2 ** 31 - 1;
    let timer = setTimeout(function step() {
      milliseconds -= limit;
      if (milliseconds > 0) timer = setTimeout(step, Math.min(milliseconds, limit)).unref();
      else run();
    }, Math.min(Math.max(milliseconds, 0), limit)).unref();
    return () => clearTimeout(timer);
  },
};

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
