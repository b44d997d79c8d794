/** During a cut-over some requests still reach the version before: by chance, for a while or for ever. */

import { defaulting, seconds, share, text } from './fields.mjs';
import { resolveHost } from '../hosts.mjs';

export const fields = { seconds, share: defaulting(share, 0.5), version: text };

/**
 * `share`: how many requests the other version answers. `version`: its id; without it, what was deployed before the current one.
 *
 * @param {{seconds?: number, share: number, version?: string}} options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler({ seconds: length, share: part, version }, { config, store, roll, now }) {
  const until = length === undefined ? Infinity : now() + length * 1000;
  return async (exchange, next) => {
    if (now() < until && roll() < part) {
      const target = resolveHost(exchange.host, config, (script) => store.scripts.get(script)?.subdomain);
      if (target.kind === 'worker' && target.prefix === undefined) exchange.version = version ?? before(store.scripts.get(target.script));
    }
    await next();
  };
}

/**
 * The version that was in charge before the one that is; undefined when there has been only one.
 *
 * @param {import('../../types.d.ts').ScriptRecord | undefined} script
 */
function before(script) {
  const inCharge = (/** @type {import('../../types.d.ts').DeploymentRecord | undefined} */ deployment) => deployment?.versions[0]?.version_id;
  const current = inCharge(script?.deployments[0]);
  return script?.deployments.map(inCharge).find((id) => id !== current);
}
