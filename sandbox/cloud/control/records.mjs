/** New scripts and versions as they are written down. */

import { createHash, randomUUID } from 'node:crypto';

/** @typedef {import('../types.d.ts').ScriptRecord} ScriptRecord */
/** @typedef {import('../types.d.ts').VersionRecord} VersionRecord */

/** @param {string} name @returns {ScriptRecord} */
export function newScript(name) {
  return {
    name,
    tag: randomUUID().replaceAll('-', ''),
    created_on: new Date().toISOString(),
    tags: [],
    subdomain: { enabled: false, previews_enabled: false },
    schedules: [],
    settings: {},
    versions: [],
    deployments: [],
  };
}

/**
 * @param {ScriptRecord} script
 * @param {Pick<VersionRecord, 'modules' | 'bindings' | 'annotations' | 'compatibility_date' | 'compatibility_flags'>} content
 * @returns {VersionRecord}
 */
export function newVersion(script, content) {
  return {
    id: randomUUID(),
    number: (script.versions.at(-1)?.number ?? 0) + 1,
    created_on: new Date().toISOString(),
    source: 'wrangler',
    startup_time_ms: 0,
    ...content,
  };
}

/** The digest of a version's code. @param {VersionRecord} version */
export function etag(version) {
  return createHash('sha256')
    .update(version.modules.map(({ sha256 }) => sha256).join())
    .digest('hex');
}
