/**
 * An append-only file of JSON lines: what the mail sandbox remembers over a restart.
 *
 * Mails carry secrets (links with tokens), so the file is readable by its owner only.
 */

import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** @template {object} Entry */
export class Journal {
  #path;

  /**
   * @param {string} folder created when absent
   * @param {string} name of the file in it
   */
  constructor(folder, name) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#path = join(folder, name);
  }

  /**
   * Everything written so far. A last line that a crash cut off is dropped from the file, so that the next entry starts on its own line.
   *
   * @returns {Entry[]}
   * @throws {Error} when a complete line cannot be read: the state was changed by someone else
   */
  read() {
    if (!existsSync(this.#path)) return [];
    const bytes = readFileSync(this.#path);
    const complete = bytes.lastIndexOf('\n') + 1;
    if (complete < bytes.length) truncateSync(this.#path, complete);
    const lines = bytes.subarray(0, complete).toString('utf8').split('\n').slice(0, -1);
    return lines.map((line, index) => {
      try {
        return JSON.parse(line);
      } catch {
        throw new Error(`state is damaged: ${this.#path}, line ${index + 1} is not JSON; remove the file to start with no mails`);
      }
    });
  }

  /** @param {Entry} entry kept whole or not at all, also when the process is killed meanwhile */
  append(entry) {
    const created = !existsSync(this.#path);
    appendFileSync(this.#path, JSON.stringify(entry) + '\n', { mode: 0o600 });
    // The mode above is subject to the umask of whoever starts the sandbox.
    if (created) chmodSync(this.#path, 0o600);
  }
}
