/** Turns versions into Miniflare's options: one entry per version, and one for the script's objects. */

import { posix } from 'node:path';

import { s3Hosts } from '../edge/hosts.mjs';
import { OBJECTS_WORKER } from './objects.mjs';

/** @typedef {import('../types.d.ts').LoadedVersion} LoadedVersion */
/** @typedef {import('../types.d.ts').CloudConfig} CloudConfig */
/** @typedef {Extract<import('miniflare').V4MiniflareOptions, {workers: unknown}>['workers'][number]} WorkerOptions */

/** Name of the Worker that keeps the objects. No script can be called that: names have no blank. */
export const OBJECTS = 'objects of';

/**
 * @param {LoadedVersion} version
 * @param {CloudConfig} config
 * @returns {{bindings: Record<string, any>, r2Buckets: Record<string, string>, hyperdrives: Record<string, string>}}
 */
export function runtimeBindings({ record }, config) {
  /** @type {Record<string, any>} */
  const bindings = {};
  /** @type {Record<string, string>} */
  const r2Buckets = {};
  /** @type {Record<string, string>} */
  const hyperdrives = {};
  for (const binding of record.bindings) {
    if (binding.type === 'plain_text' || binding.type === 'secret_text') bindings[binding.name] = binding.text ?? '';
    else if (binding.type === 'json') bindings[binding.name] = binding.json;
    // Miniflare's own plugin invents a random id and an empty tag at every start.
    else if (binding.type === 'version_metadata') bindings[binding.name] = versionMetadata(record);
    else if (binding.type === 'r2_bucket') r2Buckets[binding.name] = String(binding.bucket_name);
    else if (binding.type === 'hyperdrive') {
      const connection = config.hyperdrives[String(binding.id)];
      if (connection === undefined) throw new Error(`version ${record.id} binds the Hyperdrive ${binding.id}, which is not configured`);
      hyperdrives[binding.name] = connection;
    } else throw new Error(`version ${record.id} has the binding ${binding.name} of the unknown type ${binding.type}`);
  }
  return { bindings, r2Buckets, hyperdrives };
}

/** @param {import('../types.d.ts').VersionRecord} record */
function versionMetadata({ id, annotations, created_on }) {
  return { id, tag: annotations['workers/tag'] ?? '', timestamp: created_on };
}

/**
 * @param {LoadedVersion} version
 * @param {CloudConfig} config
 * @param {WorkerOptions['outboundService']} outboundService
 * @returns {WorkerOptions}
 */
export function versionWorker(version, config, outboundService) {
  const decoder = new TextDecoder();
  return /** @type {WorkerOptions} */ ({
    name: version.record.id,
    compatibilityDate: version.record.compatibility_date,
    compatibilityFlags: version.record.compatibility_flags,
    // A root of its own keeps paths of this machine out of stack traces.
    modulesRoot: '/',
    modules: version.modules.map(({ name, type, contents }) => ({
      type,
      path: posix.join('/', name),
      contents: type === 'Data' || type === 'CompiledWasm' ? contents : decoder.decode(contents),
    })),
    ...runtimeBindings(version, config),
    outboundService,
    zone: `${config.account.subdomain}.${config.zone}`,
    // The edge speaks to each version directly, with the whole URL in the request line.
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: true }],
  });
}

/**
 * @param {readonly string[]} buckets
 * @param {CloudConfig} config
 * @returns {WorkerOptions}
 */
export function objectsWorker(buckets, config) {
  return /** @type {WorkerOptions} */ ({
    name: OBJECTS,
    compatibilityDate: '2026-10-30',
    modules: [{ type: 'ESModule', path: 'objects.mjs', contents: OBJECTS_WORKER }],
    r2Buckets: Object.fromEntries(
      buckets.map((id) => {
        const { accessKeyId, secretAccessKey } = config.buckets[id] ?? {};
        return [id, accessKeyId === undefined ? id : { id, s3Credentials: { accessKeyId, secretAccessKey } }];
      }),
    ),
    // Miniflare answers its S3 paths only on hosts that a route names, and only to pages (`Origin`) of such hosts.
    routes: [...s3Hosts(config), ...Object.keys(config.hosts), `*.${config.account.subdomain}.${config.zone}`].map((host) => `${host}/*`),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  });
}
