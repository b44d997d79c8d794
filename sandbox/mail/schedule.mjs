/**
 * `scheduled_at`: ISO 8601 or a plain "in 5 minutes", at most 30 days ahead.
 * Source: https://resend.com/docs/dashboard/emails/schedule-email
 */

import { invalid } from './errors.mjs';

const UNITS = /** @type {const} */ ({ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 });
const RELATIVE = /^in (\d{1,6}) (s|m|h|d)(?:ec|econd|in|inute|our|r|ay)?s?$/i;
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
const FURTHEST = 30 * UNITS.d;

/**
 * @param {unknown} value
 * @param {number} now milliseconds since 1970
 * @returns {number | null} milliseconds since 1970; null when nothing is scheduled
 * @throws {import('./errors.mjs').ApiError} 422 when it is no time, or one too far ahead
 */
export function scheduledTime(value, now) {
  if (value === undefined || value === null || value === '') return null;
  const text = typeof value === 'string' ? value.trim() : '';
  const relative = RELATIVE.exec(text);
  const unit = /** @type {keyof typeof UNITS} */ (relative?.[2]?.toLowerCase() ?? 's');
  const time = relative ? now + Number(relative[1]) * UNITS[unit] : ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw invalid('Invalid `scheduled_at` field. Use an ISO 8601 date or a phrase like `in 5 minutes`.');
  if (time > now + FURTHEST) throw invalid('Invalid `scheduled_at` field. Emails can be scheduled up to 30 days in advance.');
  // A time that has passed is a mail to send now.
  return time > now ? time : null;
}
