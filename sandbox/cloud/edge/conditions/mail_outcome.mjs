/** The mail service accepts mails as ever, and this becomes of them: they bounce, are marked as spam, or are never tried. */

import { needed, oneOf } from './fields.mjs';
import { tellMail } from './mail.mjs';

export const fields = { outcome: needed(oneOf('bounced', 'complained', 'suppressed')) };

/**
 * @param {{outcome: string}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {Promise<() => Promise<void>>} what ends it
 */
export async function start({ outcome }, { config }) {
  await tellMail(config, 'outcome', { outcome });
  return () => tellMail(config, 'outcome', { outcome: null });
}
