/** The mail service lets mails wait: they are accepted at once, and listed and delivered so many seconds later. */

import { needed, seconds } from './fields.mjs';
import { tellMail } from './mail.mjs';

export const fields = { seconds: needed(seconds) };

/**
 * @param {{seconds: number}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {Promise<() => Promise<void>>} what ends it
 */
export async function start({ seconds: length }, { config }) {
  await tellMail(config, 'hold', { ms: length * 1000 });
  return () => tellMail(config, 'hold', { ms: 0 });
}
