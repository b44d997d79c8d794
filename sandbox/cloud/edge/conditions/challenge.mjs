/**
 * Cloudflare's bot challenge on a share of the requests.
 *
 * https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
 */

import { answer, page } from './answers.mjs';
import { defaulting, share } from './fields.mjs';

export const fields = { share: defaulting(share, 1) };

/**
 * @param {{share: number}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ share: part }, { roll }) {
  return async (exchange, next) => {
    if (roll() >= part) return next();
    const text = 'Enable JavaScript and cookies to continue';
    const script = '<script>window._cf_chl_opt = { cType: "managed" };</script><script src="/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1"></script>';
    return answer(exchange, 403, page('Just a moment...', text, script), {
      'CF-Mitigated': 'challenge',
      'CF-Ray': exchange.ray,
      'Critical-CH': 'Sec-CH-UA-Bitness, Sec-CH-UA-Arch, Sec-CH-UA-Full-Version',
      Server: 'cloudflare',
    });
  };
}
