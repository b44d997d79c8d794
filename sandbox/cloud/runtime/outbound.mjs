/**
 * The seam where a Worker's own requests leave: declared third parties are answered by their stand-ins, the sandbox's S3
 * host by the bucket's runtime, and every other host is refused and remembered.
 */

import http from 'node:http';
import { Readable } from 'node:stream';
import { Response } from 'miniflare';

import { headerPairs } from '../edge/headers.mjs';
import { own } from '../edge/hosts.mjs';

/** @typedef {import('../types.d.ts').RefusedHost} RefusedHost */

/** Statuses whose answer has no body; a Response must not be given one. */
const bodiless = new Set([101, 204, 205, 304]);

/** Hop-by-hop, and what would make Miniflare encode the body a second time. */
const dropped = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'accept-encoding', 'content-encoding']);

export class Outbound {
  /** @type {Map<string, RefusedHost>} */
  #refused = new Map();
  /** @type {Map<string, number>} */
  #inFlight = new Map();
  #agent = new http.Agent({ keepAlive: true, timeout: 2000 });

  /**
   * @param {Record<string, string>} declared host -> base URL
   * @param {(host: string, path: string, from: string) => Promise<{port: number, leave: () => void} | undefined>} inside
   *   finds the port of the sandbox's own service for a host, if it is one
   * @param {import('../types.d.ts').Logger} log
   */
  constructor(declared, inside, log) {
    this.declared = declared;
    this.inside = inside;
    this.log = log;
  }

  get refusedHosts() {
    return [...this.#refused.values()];
  }

  /** Requests of this script that are still out. @param {string} script */
  inFlight(script) {
    return this.#inFlight.get(script) ?? 0;
  }

  /**
   * @param {string} script who asks
   * @returns {(request: import('miniflare').Request) => Promise<import('miniflare').Response>}
   */
  serviceFor(script) {
    return async (request) => {
      this.#inFlight.set(script, this.inFlight(script) + 1);
      try {
        return await this.#answer(script, request);
      } catch (error) {
        this.log('outbound failed', { script, host: new URL(request.url).host, error: String(error) });
        return new Response(`The stand-in for ${new URL(request.url).host} cannot be reached: ${String(error)}`, { status: 502 });
      } finally {
        this.#inFlight.set(script, this.inFlight(script) - 1);
      }
    };
  }

  /** @param {string} script @param {import('miniflare').Request} request */
  async #answer(script, request) {
    const url = new URL(request.url);
    const base = own(this.declared, url.hostname);
    if (base !== undefined) return this.#forward(request, Number(new URL(base).port));
    const inside = await this.inside(url.hostname, url.pathname, script);
    if (inside === undefined) return this.#refuse(script, url.host);
    try {
      return await this.#forward(request, inside.port);
    } finally {
      inside.leave();
    }
  }

  /** @param {string} script @param {string} host */
  #refuse(script, host) {
    const key = `${script} ${host}`;
    const known = this.#refused.get(key);
    if (known === undefined) this.#refused.set(key, { script, host, times: 1, first: new Date().toISOString() });
    else known.times += 1;
    this.log('outbound refused', { script, host });
    return new Response(`The sandbox does not know the host ${host}. Declare it under "outbound", or mend the Worker that asks for it.`, {
      status: 502,
    });
  }

  /** @param {import('miniflare').Request} request @param {number} port @returns {Promise<import('miniflare').Response>} */
  #forward(request, port) {
    const url = new URL(request.url);
    /** @type {Record<string, string>} */
    const headers = {};
    for (const [name, value] of request.headers) if (!dropped.has(name)) headers[name] = value;
    headers.host = url.host;
    headers['x-forwarded-proto'] = url.protocol.slice(0, -1);
    headers['accept-encoding'] = 'identity';
    return new Promise((resolve, reject) => {
      const sent = http.request(
        { host: '127.0.0.1', port, method: request.method, path: url.pathname + url.search, headers, agent: this.#agent },
        (answer) => {
          const received = headerPairs(answer.rawHeaders).filter(([name]) => !dropped.has(name.toLowerCase()));
          const status = answer.statusCode ?? 502;
          const empty = bodiless.has(status) || request.method === 'HEAD';
          if (empty) answer.resume();
          const body = empty ? null : /** @type {import('stream/web').ReadableStream} */ (Readable.toWeb(answer));
          resolve(new Response(/** @type {any} */ (body), { status, statusText: answer.statusMessage ?? '', headers: received }));
        },
      );
      sent.on('error', reject);
      if (request.body === null) sent.end();
      else
        Readable.fromWeb(/** @type {any} */ (request.body))
          .on('error', (error) => sent.destroy(error))
          .pipe(sent);
    });
  }

  stop() {
    this.#agent.destroy();
  }
}
