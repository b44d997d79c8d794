/** The state folder: one file per script, module contents by digest, the list of buckets. Written atomically. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('../types.d.ts').ScriptRecord} ScriptRecord */
/** @typedef {import('../types.d.ts').BucketRecord} BucketRecord */
/** @typedef {import('../types.d.ts').VersionRecord} VersionRecord */

let written = 0;

/** A crash leaves the old file or the new one, never half of one. @param {string} path @param {string | Uint8Array} contents */
async function replace(path, contents) {
  const draft = `${path}.${process.pid}.${++written}`;
  await writeFile(draft, contents, { mode: 0o600 });
  await rename(draft, path);
}

export class Store {
  /** @type {Map<string, ScriptRecord>} */
  scripts = new Map();
  /** @type {Map<string, BucketRecord>} */
  buckets = new Map();

  /** @param {string} root the state folder */
  constructor(root) {
    this.root = root;
  }

  /** Opens the state folder, creating it when absent. @param {string} root @returns {Promise<Store>} */
  static async open(root) {
    const store = new Store(root);
    await Promise.all(['scripts', 'modules'].map((folder) => mkdir(join(root, folder), { recursive: true, mode: 0o700 })));
    const files = (await readdir(join(root, 'scripts'))).filter((file) => file.endsWith('.json'));
    for (const record of await Promise.all(files.map((file) => readJson(join(root, 'scripts', file)))))
      store.scripts.set(record.name, record);
    const buckets = join(root, 'buckets.json');
    if (existsSync(buckets)) for (const bucket of await readJson(buckets)) store.buckets.set(bucket.name, bucket);
    return store;
  }

  /** Where the runtime of a script keeps its objects. @param {string} script */
  storagePath(script) {
    return join(this.root, 'storage', script);
  }

  /** @param {ScriptRecord} record */
  async saveScript(record) {
    this.scripts.set(record.name, record);
    await replace(join(this.root, 'scripts', `${record.name}.json`), JSON.stringify(record, undefined, 1));
  }

  /** @param {BucketRecord} bucket */
  async saveBucket(bucket) {
    this.buckets.set(bucket.name, bucket);
    await replace(join(this.root, 'buckets.json'), JSON.stringify([...this.buckets.values()], undefined, 1));
  }

  /** @param {Uint8Array} contents @returns {Promise<string>} its digest */
  async putModule(contents) {
    const sha256 = createHash('sha256').update(contents).digest('hex');
    const path = join(this.root, 'modules', sha256);
    if (!existsSync(path)) await replace(path, contents);
    return sha256;
  }

  /** @param {VersionRecord} record @returns {Promise<import('../types.d.ts').LoadedVersion>} */
  async load(record) {
    const modules = await Promise.all(
      record.modules.map(async ({ name, type, sha256 }) => ({ name, type, contents: await readFile(join(this.root, 'modules', sha256)) })),
    );
    return { record, modules };
  }
}

/** @param {string} path */
async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} cannot be read (${String(error)}); remove the state folder and deploy again`);
  }
}
