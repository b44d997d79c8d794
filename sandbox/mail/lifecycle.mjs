/**
 * What happens to an accepted mail, and when. The timeline follows from stored facts alone, so it needs no running timer:
 * a sandbox that was down for a while answers as if it had been up.
 *
 * Event names: the `last_event` enum of https://github.com/resend/resend-openapi (schema `Email`).
 */

/** @typedef {'scheduled' | 'canceled' | 'queued' | 'sent' | import('./addresses.mjs').Outcome} LastEvent */
/** @typedef {{ event: LastEvent, at: number }} Step `at` in milliseconds since 1970 */

/**
 * The facts a timeline follows from. Times in milliseconds since 1970, `delayMs` between the queue and the outcome.
 *
 * @typedef {object} Course
 * @property {number} createdAt
 * @property {number | null} scheduledAt
 * @property {number | null} canceledAt
 * @property {number} delayMs
 * @property {number} [heldMs] between acceptance and the first step
 * @property {import('./addresses.mjs').Outcome} outcome
 */

/** @type {Record<import('./addresses.mjs').Outcome, readonly LastEvent[]>} */
const AFTER_QUEUE = {
  delivered: ['sent', 'delivered'],
  bounced: ['sent', 'bounced'],
  // A complaint is what a recipient does with a mail that arrived.
  complained: ['sent', 'delivered', 'complained'],
  // A suppressed recipient is never tried.
  suppressed: ['suppressed'],
};

/**
 * @param {Course} course
 * @returns {Step[]} every step, oldest first; the last one falls on the delivery delay
 */
export function timeline(course) {
  /** @type {Step[]} */
  const steps = course.scheduledAt === null ? [] : [{ event: 'scheduled', at: course.createdAt }];
  if (course.canceledAt !== null) return [...steps, { event: 'canceled', at: course.canceledAt }];
  const start = (course.scheduledAt ?? course.createdAt) + (course.heldMs ?? 0);
  steps.push({ event: 'queued', at: start });
  const after = AFTER_QUEUE[course.outcome];
  after.forEach((event, index) => steps.push({ event, at: start + (course.delayMs * (index + 1)) / after.length }));
  return steps;
}

/**
 * @param {Course} course
 * @param {number} now milliseconds since 1970
 * @returns {LastEvent}
 */
export function lastEvent(course, now) {
  const steps = timeline(course);
  return (steps.findLast((step) => step.at <= now) ?? steps[0])?.event ?? 'queued';
}
