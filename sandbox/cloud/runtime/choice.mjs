/**
 * Which version of a deployment answers a request.
 *
 * https://developers.cloudflare.com/workers/versions-and-deployments/version-overrides/
 * https://developers.cloudflare.com/workers/versions-and-deployments/gradual-deployments/version-affinity/
 */

import { createHash, randomInt } from 'node:crypto';

/** @typedef {import('../types.d.ts').Share} Share */

/**
 * The version that an override header asks for. An override that names another Worker, is malformed, or names a version
 * outside the deployment is ignored, as on Cloudflare.
 *
 * @param {string | undefined} header value of `Cloudflare-Workers-Version-Overrides`
 * @param {string} script
 * @param {readonly Share[]} shares
 * @returns {string | undefined}
 */
export function overridden(header, script, shares) {
  for (const member of header?.split(',') ?? []) {
    const [, key, id] = /^\s*([a-z0-9_.*-]+)\s*=\s*"([0-9a-f-]+)"\s*$/i.exec(member) ?? [];
    if (key === script && shares.some(({ version_id }) => version_id === id)) return id;
  }
  return undefined;
}

/**
 * @param {readonly Share[]} shares percentages that add up to 100
 * @param {{script: string, overrides?: string | undefined, key?: string | undefined, roll?: number}} request
 *   `roll` in [0, 100) decides when nothing else does
 * @returns {string} a version id
 */
export function chooseVersion(shares, { script, overrides, key, roll }) {
  const asked = overridden(overrides, script, shares);
  if (asked !== undefined) return asked;
  const point = key === undefined ? (roll ?? randomInt(0, 10_000) / 100) : affinity(script, key);
  let reached = 0;
  for (const { version_id, percentage } of shares) {
    reached += percentage;
    if (point < reached) return version_id;
  }
  // Percentages such as 33.33 twice may leave a sliver above the last one.
  return shares.reduce((most, share) => (share.percentage > most.percentage ? share : most)).version_id;
}

/** The same key falls on the same point of [0, 100) for ever. @param {string} script @param {string} key */
function affinity(script, key) {
  return (createHash('sha256').update(`${script}\0${key}`).digest().readUInt32BE() % 10_000) / 100;
}
