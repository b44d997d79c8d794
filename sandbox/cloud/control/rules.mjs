/** Which deployments are allowed. */

import { changedSecrets } from './bindings.mjs';
import { errors } from './errors.mjs';

/** @typedef {import('../types.d.ts').ScriptRecord} ScriptRecord */
/** @typedef {import('../types.d.ts').Share} Share */

/** https://developers.cloudflare.com/changelog/2025-09-11-increased-version-rollback-limit/ */
export const DEPLOYABLE = 100;

/** The versions that may be deployed, newest first. @param {ScriptRecord} script */
export function deployable(script) {
  return script.versions.slice(-DEPLOYABLE).reverse();
}

/** @param {ScriptRecord} script @param {Share[]} shares */
export function checkShares(script, shares) {
  if (shares.length < 1 || shares.length > 2) throw errors.percentages('A deployment has one or two versions.');
  if (new Set(shares.map(({ version_id }) => version_id)).size !== shares.length)
    throw errors.percentages('A deployment cannot name the same version twice.');
  if (!shares.every(({ percentage }) => typeof percentage === 'number' && percentage >= 0 && percentage <= 100)) {
    throw errors.percentages('Each percentage must be a number from 0 to 100.');
  }
  const sum = shares.reduce((total, { percentage }) => total + percentage, 0);
  if (Math.abs(sum - 100) > 0.001) throw errors.percentages(`The percentages add up to ${sum}, not to 100.`);
  const recent = new Set(deployable(script).map(({ id }) => id));
  for (const { version_id } of shares) {
    if (recent.has(version_id)) continue;
    throw script.versions.some(({ id }) => id === version_id) ? errors.tooOld(version_id) : errors.noVersion(version_id);
  }
}

/**
 * Going back to an older version brings its secrets back as well; Cloudflare asks first. Its exact condition is not
 * documented; here: the target is older than a version that serves now, and a secret was set, deleted or changed between them.
 *
 * @param {ScriptRecord} script
 * @param {Share[]} shares
 */
export function checkSecrets(script, shares) {
  const byId = new Map(script.versions.map((version) => [version.id, version]));
  const serving = (script.deployments[0]?.versions ?? []).flatMap(({ version_id }) => byId.get(version_id) ?? []);
  const changed = new Set();
  for (const { version_id } of shares) {
    const target = byId.get(version_id);
    if (target === undefined || serving.includes(target)) continue;
    for (const live of serving) if (target.number < live.number) for (const name of changedSecrets(target, live)) changed.add(name);
  }
  if (changed.size > 0) throw errors.secretsChanged([...changed].sort());
}
