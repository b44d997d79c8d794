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
