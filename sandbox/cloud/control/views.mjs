/** How the API shows what the account holds; shapes as wrangler 4.156.0 reads them. */

import { publicBinding } from './bindings.mjs';
import { etag } from './records.mjs';

/** @typedef {import('../types.d.ts').ScriptRecord} ScriptRecord */
/** @typedef {import('../types.d.ts').VersionRecord} VersionRecord */
/** @typedef {import('../types.d.ts').CloudConfig} CloudConfig */

/** @param {VersionRecord} version @param {CloudConfig} config */
export function versionView(version, config) {
  return {
    id: version.id,
    number: version.number,
    startup_time_ms: version.startup_time_ms,
    metadata: {
      created_on: version.created_on,
      modified_on: version.created_on,
      source: version.source,
      author_id: config.account.id,
      author_email: config.account.email,
      has_preview: true,
      hasPreview: true,
    },
    annotations: version.annotations,
    resources: {
      script: { etag: etag(version), handlers: ['fetch'], last_deployed_from: 'wrangler' },
      script_runtime: {
        compatibility_date: version.compatibility_date,
        compatibility_flags: version.compatibility_flags,
        usage_model: 'standard',
      },
      bindings: version.bindings.map(publicBinding),
    },
  };
}

/** @param {import('../types.d.ts').DeploymentRecord} deployment @param {CloudConfig} config */
export function deploymentView(deployment, config) {
  return { ...deployment, author_email: config.account.email };
}

/** @param {ScriptRecord} script @param {CloudConfig} config */
export function subdomainView(script, config) {
  const zone = `${config.account.subdomain}.${config.zone}`;
  return { ...script.subdomain, url: `https://${script.name}.${zone}`, preview_url_suffix: `-${script.name}.${zone}` };
}

/** @param {ScriptRecord} script */
export function serviceView(script) {
  const latest = script.versions.at(-1);
  return {
    id: script.name,
    created_on: script.created_on,
    default_environment: {
      environment: 'production',
      created_on: script.created_on,
      script: {
        id: script.name,
        tag: script.tag,
        tags: script.tags,
        etag: latest && etag(latest),
        last_deployed_from: 'wrangler',
        has_assets: false,
      },
    },
    environments: [{ environment: 'production' }],
  };
}

/** @param {ScriptRecord} script */
export function settingsView(script) {
  const latest = script.versions.at(-1);
  return {
    bindings: latest?.bindings.map(publicBinding) ?? [],
    compatibility_date: latest?.compatibility_date,
    compatibility_flags: latest?.compatibility_flags ?? [],
    tags: script.tags,
    usage_model: 'standard',
    ...script.settings,
  };
}
