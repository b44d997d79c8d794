/** The handlers at the end of the chain: they find out what a host stands for and pass the exchange on. */

import http from 'node:http';

import { HeldTooLong } from '../runtime/gate.mjs';
import { StartError } from '../runtime/instance.mjs';
import { chooseVersion } from '../runtime/choice.mjs';
import { forward } from './forward.mjs';
import { S3_PATH, defaultHost, resolveHost, s3Bucket, s3Hosts } from './hosts.mjs';

/** @typedef {import('./exchange.mjs').Exchange} Exchange */
/** @typedef {import('./exchange.mjs').Handler} Handler */
/** @typedef {import('../runtime/cell.mjs').Cell} Cell */

/** workerd's whole answer when a Worker threw; a Worker's own answer always has a content type or another length. */
const workerThrew = (/** @type {http.IncomingMessage} */ answer) =>
  answer.statusCode === 500 &&
  answer.headers['content-type'] === undefined &&
  answer.headers['content-length'] === '21' &&
  answer.headers.connection === 'close';

/**
 * @param {import('../types.d.ts').CloudConfig} config
 * @param {import('../control/store.mjs').Store} store
 * @param {import('../runtime/runtime.mjs').Runtime} runtime
 * @returns {{handler: Handler, stop: () => void}}
 */
export function router(config, store, runtime) {
  const agent = new http.Agent({ keepAlive: true, timeout: 2000 });

  /** @type {Handler} */
  const handler = async (exchange) => {
    if (!exchange.path.startsWith('/')) return exchange.say(400, 'The request line must hold a path.');
    const target = resolveHost(exchange.host, config, (script) => store.scripts.get(script)?.subdomain);
    try {
      if (target.kind === 'worker') await worker(exchange, target);
      else if (target.kind === 's3') await s3(exchange);
      else if (target.kind === 'proxied') await forward(exchange, { port: Number(new URL(target.base).port), agent });
      else {
        const served = [...Object.keys(config.hosts), ...s3Hosts(config), ...Object.keys(config.proxied)].join(', ');
        exchange.say(
          421,
          `This edge does not serve the host "${exchange.host}". It serves ${served}, and Workers below ${defaultHost('', config)}.`,
        );
      }
    } catch (error) {
      if (error instanceof HeldTooLong)
        exchange.say(503, 'The Worker is being replaced and did not come back in time.', { 'Retry-After': '5' });
      else if (error instanceof StartError) exchange.say(530, `The version behind this host does not start: ${error.message}`);
      else throw error;
    }
  };

  /** @param {Exchange} exchange @param {{script: string, prefix?: string | undefined}} target */
  async function worker(exchange, { script, prefix }) {
    // Miniflare's own endpoints must not be reachable on an app's host; Cloudflare keeps this path for itself as well.
    if (/^\/cdn-cgi(\/|\?|$)/i.test(exchange.path)) return exchange.say(404, 'Not found.');
    const record = store.scripts.get(script);
    const preview = prefix === undefined ? undefined : record?.versions.findLast(({ id }) => id.startsWith(prefix));
    if (prefix !== undefined && preview === undefined)
      return exchange.say(404, `The Worker "${script}" has no version that begins with ${prefix}.`);
    if (record === undefined || (preview === undefined && record.deployments.length === 0)) {
      return exchange.say(530, `The Worker "${script}" has no deployment yet; deploy it with wrangler.`);
    }
    const cell = runtime.cell(script);
    const wanted = preview ?? record?.versions.find(({ id }) => id === exchange.version);
    if (wanted !== undefined) await cell.preview(wanted.id);
    await passed(exchange, cell, () => {
      const version =
        wanted?.id ??
        chooseVersion(cell.current, {
          script,
          overrides: exchange.header('cloudflare-workers-version-overrides'),
          key: exchange.header('cloudflare-workers-version-key'),
        });
      return { port: cell.port(version), agent: cell.agent, cloudflare: true, absolute: true, crashed: workerThrew };
    });
  }

  /** @param {Exchange} exchange */
  async function s3(exchange) {
    if (!exchange.path.startsWith(S3_PATH))
      return exchange.say(404, `Not found. The S3 endpoint is https://${config.s3?.host}${S3_PATH}<bucket>/<key>.`);
    const named = s3Bucket(exchange.path);
    // An unknown bucket is refused in the words of S3 by whichever runtime.
    const bucket = named !== undefined && runtime.bucketOwner(named) !== undefined ? named : Object.keys(config.buckets)[0];
    const cell = bucket === undefined ? undefined : await runtime.keeper(bucket);
    if (cell === undefined) return exchange.say(404, 'No bucket is configured.');
    await passed(exchange, cell, () => ({ port: cell.ports.entry, agent: cell.agent }));
  }

  return { handler, stop: () => agent.destroy() };
}

/**
 * Waits at the gate, then forwards; where to is decided inside, when no swap can change it any more.
 *
 * @param {Exchange} exchange
 * @param {Cell} cell
 * @param {() => Omit<import('./forward.mjs').Upstream, 'port'> & {port: number | undefined}} upstream
 */
async function passed(exchange, cell, upstream) {
  const leave = await cell.gate.enter();
  try {
    const { port, ...rest } = upstream();
    if (port === undefined) exchange.say(503, 'The version is no longer running; ask again.', { 'Retry-After': '1' });
    else await forward(exchange, { port, ...rest });
  } finally {
    leave();
  }
}
