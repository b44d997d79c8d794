/** What the account can do with Workers: upload versions, deploy them, roll back, edit secrets. */

import { randomUUID } from 'node:crypto';

import { StartError } from '../runtime/instance.mjs';
import { checkBindings, resolveBindings } from './bindings.mjs';
import { errors } from './errors.mjs';
import { newScript, newVersion } from './records.mjs';
import { DEPLOYABLE, checkSecrets, checkShares } from './rules.mjs';

/** @typedef {import('../types.d.ts').ScriptRecord} ScriptRecord */
/** @typedef {import('../types.d.ts').VersionRecord} VersionRecord */
/** @typedef {import('../types.d.ts').DeploymentRecord} DeploymentRecord */
/** @typedef {import('../types.d.ts').Share} Share */
/** @typedef {import('../types.d.ts').Upload} Upload */

/** What to change in a version's secrets: a value sets, `null` deletes. @typedef {Record<string, string | null>} SecretChanges */

export class Workers {
  /** @type {Map<string, Promise<unknown>>} */
  #turns = new Map();

  /**
   * @param {import('../types.d.ts').CloudConfig} config
   * @param {import('./store.mjs').Store} store
   * @param {import('../runtime/runtime.mjs').Runtime} runtime
   */
  constructor(config, store, runtime) {
    this.config = config;
    this.store = store;
    this.runtime = runtime;
  }

  /** @param {string} name @returns {ScriptRecord} @throws {import('./errors.mjs').ApiError} 10007 */
  script(name) {
    const script = this.store.scripts.get(name);
    if (script === undefined) throw errors.noWorker(name);
    return script;
  }

  /** @param {string} name @param {string} id @returns {VersionRecord} */
  version(name, id) {
    const { versions } = this.script(name);
    const version = id === 'latest' ? versions.at(-1) : versions.find((candidate) => candidate.id === id);
    if (version === undefined) throw id === 'latest' ? errors.noVersions(name) : errors.noVersion(id);
    return version;
  }

  /**
   * One change to a script at a time; readers never wait.
   *
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} change
   * @returns {Promise<T>}
   */
  inTurn(name, change) {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(change);
    this.#turns.set(
      name,
      turn.catch(() => {}),
    );
    return turn;
  }

  /**
   * Uploads a version and, with `deploy`, puts it in charge of all traffic (the first upload of a script).
   *
   * @param {string} name
   * @param {Upload} upload
   * @param {{deploy: boolean}} options
   * @returns {Promise<VersionRecord>}
   */
  upload(name, upload, { deploy }) {
    return this.inTurn(name, async () => {
      const known = this.store.scripts.get(name);
      if (known === undefined && !deploy) throw errors.noWorker(name);
      const bindings = resolveBindings(upload.bindings, upload.keepBindings, (id) =>
        known?.versions.findLast((version) => id === undefined || version.id === id),
      );
      const { config, runtime } = this;
      checkBindings(bindings, {
        script: name,
        hyperdrives: config.hyperdrives,
        bucketOwner: (bucket) => runtime.bucketOwner(bucket),
        hasBucket: (bucket) => runtime.hasBucket(bucket),
      });
      const modules = await Promise.all(
        upload.modules.map(async (module) => ({
          name: module.name,
          type: module.type,
          sha256: await this.store.putModule(module.contents),
        })),
      );
      const script = known ?? newScript(name);
      const version = newVersion(script, {
        modules,
        bindings,
        annotations: { 'workers/triggered_by': deploy ? 'upload' : 'version_upload', ...upload.annotations },
        compatibility_date: upload.compatibilityDate,
        compatibility_flags: upload.compatibilityFlags,
      });
      version.startup_time_ms = await refusing(() => runtime.tryOut(name, { record: version, modules: upload.modules }));
      await this.#keepBuckets(name, version);
      const next = { ...script, versions: [...script.versions, version] };
      this.store.scripts.set(name, next);
      try {
        if (deploy)
          await this.#deploy(next, [{ version_id: version.id, percentage: 100 }], {
            'workers/triggered_by': 'upload',
            ...upload.annotations,
          });
        else await this.store.saveScript(next);
      } catch (error) {
        if (known === undefined) this.store.scripts.delete(name);
        else this.store.scripts.set(name, known);
        throw error;
      }
      return version;
    });
  }

  /** A bucket belongs to the first Worker that binds it. @param {string} name @param {VersionRecord} version */
  async #keepBuckets(name, version) {
    for (const binding of version.bindings) {
      const bucket = binding.type === 'r2_bucket' ? this.store.buckets.get(String(binding.bucket_name)) : undefined;
      if (bucket !== undefined && this.runtime.bucketOwner(bucket.name) === undefined)
        await this.store.saveBucket({ ...bucket, script: name });
    }
  }

  /**
   * @param {string} name
   * @param {Share[]} shares
   * @param {Record<string, string>} annotations
   * @param {{force: boolean}} options `force` accepts changed secrets
   * @returns {Promise<DeploymentRecord>}
   */
  deploy(name, shares, annotations, { force }) {
    return this.inTurn(name, async () => {
      const script = this.script(name);
      checkShares(script, shares);
      if (!force) checkSecrets(script, shares);
      return this.#deploy(script, shares, { 'workers/triggered_by': 'deployment', ...annotations });
    });
  }

  /** @param {ScriptRecord} script @param {Share[]} shares @param {Record<string, string>} annotations */
  async #deploy(script, shares, annotations) {
    // The newest version first, so that a raised percentage moves clients with a version key in one direction only.
    const age = new Map(script.versions.map(({ id, number }) => [id, number]));
    const versions = shares
      .map(({ version_id, percentage }) => ({ version_id, percentage }))
      .sort((a, b) => (age.get(b.version_id) ?? 0) - (age.get(a.version_id) ?? 0));
    /** @type {DeploymentRecord} */
    const deployment = {
      id: randomUUID(),
      created_on: new Date().toISOString(),
      source: 'wrangler',
      strategy: 'percentage',
      annotations,
      versions,
    };
    await refusing(() => this.runtime.deploy(script.name, versions));
    await this.store.saveScript({ ...script, deployments: [deployment, ...script.deployments].slice(0, DEPLOYABLE) });
    return deployment;
  }

  /**
   * Makes a version with changed secrets, and deploys it unless `deploy` is false.
   *
   * @param {string} name
   * @param {SecretChanges} changes
   * @param {{deploy: boolean, annotations?: Record<string, string>}} options
   * @returns {Promise<VersionRecord>}
   * @throws {import('./errors.mjs').ApiError} 10215 when the latest version is not the one deployed; 10222 when there is none
   */
  changeSecrets(name, changes, { deploy, annotations = {} }) {
    return this.inTurn(name, async () => {
      const script = this.script(name);
      const latest = script.versions.at(-1);
      if (latest === undefined) throw errors.noVersions(name);
      if (deploy && script.deployments[0]?.versions.find(({ percentage }) => percentage === 100)?.version_id !== latest.id)
        throw errors.notDeployed(name);
      const { modules, compatibility_date, compatibility_flags } = latest;
      const bindings = [
        ...latest.bindings.filter((binding) => !Object.hasOwn(changes, binding.name)),
        ...Object.entries(changes).flatMap(([secret, text]) => (text === null ? [] : [{ name: secret, type: 'secret_text', text }])),
      ];
      const version = newVersion(script, {
        modules,
        bindings,
        compatibility_date,
        compatibility_flags,
        annotations: { 'workers/triggered_by': 'secret', ...annotations },
      });
      version.startup_time_ms = latest.startup_time_ms;
      const next = { ...script, versions: [...script.versions, version] };
      this.store.scripts.set(name, next);
      try {
        if (deploy) await this.#deploy(next, [{ version_id: version.id, percentage: 100 }], { 'workers/triggered_by': 'secret' });
        else await this.store.saveScript(next);
      } catch (error) {
        this.store.scripts.set(name, script);
        throw error;
      }
      return version;
    });
  }
}

/** workerd's refusal becomes Cloudflare's. @template T @param {() => Promise<T>} start @returns {Promise<T>} */
async function refusing(start) {
  try {
    return await start();
  } catch (error) {
    if (error instanceof StartError) throw errors.refused(error.message);
    throw error;
  }
}
