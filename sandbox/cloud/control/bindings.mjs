/** What a version is bound to: inheritance from the version before it, and refusal of what the sandbox has not got. */

import { errors } from './errors.mjs';

/** @typedef {import('../types.d.ts').Binding} Binding */
/** @typedef {import('../types.d.ts').VersionRecord} VersionRecord */

const supported = new Set(['plain_text', 'json', 'secret_text', 'r2_bucket', 'hyperdrive', 'version_metadata']);

/**
 * The bindings of a new version, complete: `inherit` replaced by what the previous version has, and the kinds in
 * `keep_bindings` carried over unless the upload binds the same name itself.
 *
 * @param {Binding[]} uploaded
 * @param {string[]} keep kinds of binding to carry over
 * @param {(id?: string) => VersionRecord | undefined} previous the version with that id; the latest when no id is given
 * @returns {Binding[]}
 * @throws {import('./errors.mjs').ApiError} 10057 when an inherited name is missing
 */
export function resolveBindings(uploaded, keep, previous) {
  const bindings = uploaded.map((binding) => {
    if (binding.type !== 'inherit') return binding;
    const old = previous(binding.version_id)?.bindings.find((candidate) => candidate.name === (binding.old_name ?? binding.name));
    if (old === undefined) throw errors.notInherited(binding.name);
    return { ...old, name: binding.name };
  });
  const names = new Set(bindings.map((binding) => binding.name));
  const kept = previous()?.bindings.filter((binding) => keep.includes(binding.type) && !names.has(binding.name)) ?? [];
  return [...bindings, ...kept];
}

/**
 * @param {Binding[]} bindings
 * @param {object} known
 * @param {string} known.script
 * @param {Record<string, string>} known.hyperdrives
 * @param {(bucket: string) => string | undefined} known.bucketOwner
 * @param {(bucket: string) => boolean} known.hasBucket
 * @throws {import('./errors.mjs').ApiError} 10021 naming every binding that cannot be honoured
 */
export function checkBindings(bindings, known) {
  const wrong = [];
  for (const binding of bindings) {
    if (!supported.has(binding.type)) {
      wrong.push(`binding ${binding.name} is of type ${binding.type}, which the sandbox has not got (it has ${[...supported].join(', ')})`);
    } else if (binding.type === 'hyperdrive' && !Object.hasOwn(known.hyperdrives, String(binding.id))) {
      wrong.push(`binding ${binding.name} names the Hyperdrive ${binding.id}, which is not configured`);
    } else if (binding.type === 'r2_bucket') {
      const bucket = String(binding.bucket_name);
      const owner = known.bucketOwner(bucket);
      if (!known.hasBucket(bucket)) wrong.push(`binding ${binding.name} names the R2 bucket ${bucket}, which does not exist`);
      // Two workerd processes cannot share a bucket's files: concurrent writes fail (measured).
      else if (owner !== undefined && owner !== known.script) {
        wrong.push(`binding ${binding.name} names the R2 bucket ${bucket}, which the Worker ${owner} keeps; one Worker to a bucket`);
      }
    }
  }
  if (wrong.length > 0) throw errors.refused(`${wrong.join('; ')}.`);
}

/**
 * Names of the secrets that differ between two versions, by presence or value.
 *
 * @param {VersionRecord} target
 * @param {VersionRecord} live
 * @returns {string[]} sorted
 */
export function changedSecrets(target, live) {
  const [there, here] = [secrets(target), secrets(live)];
  return [...new Set([...there.keys(), ...here.keys()])].filter((name) => there.get(name) !== here.get(name)).sort();
}

/** @param {VersionRecord} version @returns {Map<string, string | undefined>} */
function secrets(version) {
  return new Map(version.bindings.filter(({ type }) => type === 'secret_text').map(({ name, text }) => [name, text]));
}

/** A binding as the API shows it: a secret's value never leaves the control plane. @param {Binding} binding */
export function publicBinding(binding) {
  return binding.type === 'secret_text' ? { name: binding.name, type: binding.type } : binding;
}
