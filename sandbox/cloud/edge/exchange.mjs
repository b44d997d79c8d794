/** One request at the edge, and the chain of handlers that it passes through. */

import { randomBytes } from 'node:crypto';

import { hostname } from './hosts.mjs';

export class Exchange {
  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  constructor(request, response) {
    this.request = request;
    this.response = response;
    this.host = hostname(request.headers.host);
    this.path = request.url ?? '/';
    /** The client's address: on loopback each of 127.0.0.0/8 is a client of its own. */
    this.peer = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    /** The version that shall answer, whatever is deployed; set by a condition. @type {string | undefined} */
    this.version = undefined;
    this.ray = `${randomBytes(8).toString('hex')}-LAB`;
  }

  /** Answers with a text of the edge's own. @param {number} status @param {string} text @param {Record<string, string>} [headers] */
  say(status, text, headers = {}) {
    if (this.response.headersSent) return void this.response.destroy();
    const body = `${text}\n`;
    this.response.writeHead(status, {
      'Content-Length': String(Buffer.byteLength(body)),
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      'CF-Ray': this.ray,
      Server: 'cloudflare',
      ...headers,
    });
    this.response.end(body);
  }

  /** A header of the request, if the client sent it once. @param {string} name @returns {string | undefined} */
  header(name) {
    const value = this.request.headers[name];
    return typeof value === 'string' ? value : undefined;
  }
}

/**
 * Answers the exchange, or calls `next` to let the handlers behind it do so. A handler may wait before `next`, change what
 * it hands on, or watch the answer; this is where faults of the network belong.
 *
 * @typedef {(exchange: Exchange, next: () => Promise<void>) => Promise<void>} Handler
 */

/** @param {readonly Handler[]} handlers @returns {(exchange: Exchange) => Promise<void>} */
export function chain(handlers) {
  return (exchange) => {
    /** @param {number} index @returns {Promise<void>} */
    const run = async (index) => {
      const handler = handlers[index];
      if (handler === undefined) return exchange.say(500, 'The edge has no handler for this request.');
      await handler(exchange, () => run(index + 1));
    };
    return run(0);
  };
}
