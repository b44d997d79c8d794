/** The HTTPS front door on loopback. */

import { readFile } from 'node:fs/promises';
import https from 'node:https';

import { Exchange, chain } from './exchange.mjs';

/** Changes what a handshake finds from now on; without changes, everything is as configured. @typedef {(changes: import('node:tls').SecureContextOptions) => void} Secure */

/**
 * @param {{key: string, cert: string}} tls paths of PEM files
 * @param {readonly import('./exchange.mjs').Handler[]} handlers outermost first
 * @param {import('../types.d.ts').Logger} log
 * @returns {Promise<{port: number, secure: Secure, stop: () => Promise<void>}>}
 */
export async function serveEdge(tls, handlers, log) {
  const [key, cert] = await Promise.all([readFile(tls.key), readFile(tls.cert)]);
  const answer = chain(handlers);
  const server = https.createServer(
    { key, cert, ALPNProtocols: ['http/1.1'], keepAliveTimeout: 75_000, requestTimeout: 0 },
    (request, response) => {
      const exchange = new Exchange(request, response);
      // A client that goes away mid-body is its own affair.
      request.on('error', () => {});
      response.on('error', () => {});
      answer(exchange).catch((error) => {
        log('failed', { host: exchange.host, path: exchange.path, error: String(error instanceof Error ? error.stack : error) });
        exchange.say(500, 'The edge itself failed; its log says why.');
      });
    },
  );
  server.on('tlsClientError', () => {});
  await new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) =>
    server.once('error', reject).listen(0, '127.0.0.1', resolve),
  );
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    port: address.port,
    secure: (changes) => server.setSecureContext({ key, cert, ...changes }),
    stop: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  };
}
