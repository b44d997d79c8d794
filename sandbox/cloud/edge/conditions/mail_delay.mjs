/** The mail service lets mails wait: they are accepted at once, and listed and delivered so many seconds later. */

import { needed, seconds } from './fields.mjs';

export const fields = { seconds: needed(seconds) };

/**
 * @param {{seconds: number}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {Promise<() => Promise<void>>} what ends it
 */
export async function start({ seconds: length }, { config }) {
  const base = config.outbound['api.resend.com'];
  if (base === undefined) throw new Error('no mail service is configured');
  const hold = async (/** @type {number} */ ms) => {
    const headers = { authorization: `Bearer ${config.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${base}/sandbox/hold`, { method: 'PUT', headers, body: JSON.stringify({ ms }) });
    if (!answer.ok) throw new Error(`the mail service refuses: ${answer.status} ${await answer.text()}`);
  };
  await hold(length * 1000);
  return () => hold(0);
}
