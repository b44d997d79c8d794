/** Sends an exchange on to a server on loopback and streams both bodies; nothing is buffered. */

import http from 'node:http';

import { requestHeaders, responseHeaders } from './headers.mjs';

/**
 * @typedef {object} Upstream
 * @property {number} port
 * @property {http.Agent} agent
 * @property {boolean} [cloudflare] add what Cloudflare tells a Worker
 * @property {boolean} [absolute] write the whole URL into the request line, as a version's own socket wants it
 * @property {(answer: http.IncomingMessage) => boolean} [crashed] tells an answer that means "the Worker threw"
 */

/**
 * @param {import('./exchange.mjs').Exchange} exchange
 * @param {Upstream} upstream
 * @returns {Promise<void>} when the exchange is over, also when the client went away
 */
export function forward(exchange, upstream) {
  const { request, response } = exchange;
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  return new Promise((resolve) => {
    // A client may give up while it is held at a gate.
    if (response.destroyed) return resolve();
    let answered = false;
    /** @param {boolean} retried */
    const send = (retried) => {
      const sent = http.request({
        host: '127.0.0.1',
        port: upstream.port,
        agent: upstream.agent,
        method: request.method,
        path: upstream.absolute ? `https://${request.headers.host}${exchange.path}` : exchange.path,
        headers: requestHeaders(request.rawHeaders, {
          peer: exchange.peer,
          ray: exchange.ray,
          chunked: request.headers['transfer-encoding'] !== undefined,
          cloudflare: upstream.cloudflare ?? false,
        }),
        setHost: false,
      });
      sent.on('response', (answer) => {
        answered = true;
        if (upstream.crashed?.(answer)) {
          answer.resume();
          return exchange.say(500, 'error code: 1101');
        }
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage, responseHeaders(answer.rawHeaders, exchange.ray));
        response.flushHeaders();
        answer.pipe(response);
        // The length was promised or the chunks are cut short: the client must see a broken connection, not a short body.
        answer.on('error', () => response.destroy());
      });
      sent.on('error', (error) => {
        // The answer came before the whole body was sent; what is wrong with the answer shows on the answer itself.
        if (answered) return;
        // A kept connection that the other side closed just now: nothing was read, and without a body all can be sent again.
        if (sent.reusedSocket && !hasBody && !retried) return send(true);
        exchange.say(502, `The edge got no answer: ${error.message}`);
      });
      response.once('close', () => {
        if (!response.writableFinished) sent.destroy();
        // What nobody has read of the body would stand in front of the connection's next request, for good.
        request.unpipe(sent).resume();
        resolve();
      });
      if (hasBody) request.pipe(sent);
      else sent.end();
    };
    send(false);
  });
}
