/** The front door's TLS is not as it should be, for every host of the edge: it is one door. */

import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';

import { oneOf } from './fields.mjs';

export const fields = { oldest: oneOf('TLSv1', 'TLSv1.1'), certificate: oneOf('ending') };

/**
 * `oldest`: the oldest version that is spoken, beside the modern ones. `certificate`: another one is shown, which ends within a week.
 *
 * @param {{oldest?: 'TLSv1' | 'TLSv1.1', certificate?: 'ending'}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {Promise<() => Promise<void>>} what ends it
 */
export async function start({ oldest, certificate }, { config, secure }) {
  // OpenSSL speaks no outdated version above security level 0: https://docs.openssl.org/3.0/man3/SSL_CTX_set_security_level/
  const spoken = oldest === undefined ? {} : { minVersion: oldest, ciphers: 'DEFAULT@SECLEVEL=0' };
  secure({ ...spoken, ...(certificate === undefined ? {} : await ending(config.tls)) });
  return async () => secure({});
}

/** @param {import('../../types.d.ts').CloudConfig['tls']} tls @returns {Promise<{key: Buffer, cert: Buffer}>} */
async function ending({ ending: paths }) {
  if (paths === undefined) throw new Error('no certificate that ends soon is configured');
  const [key, cert] = await Promise.all([readFile(paths.key), readFile(paths.cert)]);
  const until = new X509Certificate(cert).validTo;
  if (Date.parse(until) < Date.now()) throw new Error(`the certificate that was to end soon has ended on ${until}: prepare the sandbox anew, after \`make clean\``);
  return { key, cert };
}
