/**
 * Reads the multipart body of a Worker upload: the part `metadata`, then one part per module.
 *
 * https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/
 */

import { errors } from './errors.mjs';

/** @typedef {import('../types.d.ts').Upload} Upload */
/** @typedef {import('../types.d.ts').ModuleType} ModuleType */

/** @type {Map<string, ModuleType>} */
const moduleTypes = new Map([
  ['application/javascript+module', 'ESModule'],
  ['application/javascript', 'CommonJS'],
  ['application/wasm', 'CompiledWasm'],
  ['text/plain', 'Text'],
  ['application/octet-stream', 'Data'],
]);

/** What a version may ask for that this sandbox cannot run: metadata field -> name. */
const absent = new Map([
  ['assets', 'static assets'],
  ['migrations', 'Durable Object migrations'],
  ['containers', 'containers'],
  ['body_part', 'the service-worker syntax (use ES modules)'],
]);

/** Used by wrangler's draft Worker, which names no date; a Worker without one gets the oldest behaviour. */
const OLDEST_COMPATIBILITY_DATE = '2021-11-02';

/**
 * @param {FormData} form
 * @param {{versioned?: boolean}} [options] `versioned`: without traffic, so that a migration cannot come with it
 * @returns {Promise<Upload>}
 * @throws {import('./errors.mjs').ApiError} 10021 when a part is missing or asks for something the sandbox has not got; 10211
 */
export async function readUpload(form, { versioned = false } = {}) {
  const metadata = await readMetadata(form);
  if (versioned && metadata.migrations !== undefined && metadata.migrations !== null) throw errors.migrationInVersion();
  for (const [field, name] of absent) {
    if (metadata[field] !== undefined && metadata[field] !== null) throw errors.refused(`The sandbox has no ${name}.`);
  }
  if (typeof metadata.main_module !== 'string') throw errors.refused('The upload metadata names no main_module.');
  const modules = [];
  for (const [name, part] of form.entries()) {
    if (name === 'metadata') continue;
    if (typeof part === 'string') throw errors.refused(`The part "${name}" of the upload is not a file.`);
    const mediaType = part.type.replace(/;.*/s, '').trim();
    if (mediaType === 'application/source-map') continue;
    const type = moduleTypes.get(mediaType);
    if (type === undefined) throw errors.refused(`The module "${name}" has the type "${mediaType}", which the sandbox does not run.`);
    modules.push({ name: part.name || name, type, contents: new Uint8Array(await part.arrayBuffer()) });
  }
  const main = modules.findIndex((module) => module.name === metadata.main_module);
  if (main === -1) throw errors.refused(`The main module "${metadata.main_module}" is not among the uploaded parts.`);
  modules.unshift(...modules.splice(main, 1));
  return {
    modules,
    bindings: Array.isArray(metadata.bindings) ? metadata.bindings : [],
    keepBindings: Array.isArray(metadata.keep_bindings) ? metadata.keep_bindings : [],
    compatibilityDate: typeof metadata.compatibility_date === 'string' ? metadata.compatibility_date : OLDEST_COMPATIBILITY_DATE,
    compatibilityFlags: Array.isArray(metadata.compatibility_flags) ? metadata.compatibility_flags : [],
    annotations: definedStrings(metadata.annotations),
  };
}

/** @param {FormData} form @returns {Promise<Record<string, unknown>>} */
async function readMetadata(form) {
  const part = form.get('metadata');
  if (part === null) throw errors.refused('The upload has no part named "metadata".');
  try {
    return JSON.parse(typeof part === 'string' ? part : await part.text());
  } catch {
    throw errors.refused('The part "metadata" of the upload is not JSON.');
  }
}

/** @param {unknown} value @returns {Record<string, string>} */
export function definedStrings(value) {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string' && text !== ''));
}
