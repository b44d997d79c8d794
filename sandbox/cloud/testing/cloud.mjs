/** For tests: starts the cloud as its supervisor does, drives the real wrangler against it, and speaks to its edge. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');

export const token = 'test-token';
export const account = { id: '5b0c0ffee00000000000000000000f55', name: 'Test', subdomain: 'acme', email: 'owner@acme.test' };

/** A temporary folder that is removed after the test. @param {{after: (clean: () => void) => void}} t */
export function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-cloud-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A certificate of a CA of its own, made by trustme from the Python environment.
 *
 * @param {string} folder
 * @param {string[]} hosts
 * @param {string} [until] its last day, as YYYY-MM-DD
 */
export function certificate(folder, hosts, until) {
  const python = ['.venv/bin/python', '.venv/Scripts/python.exe'].map((path) => join(root, path)).find(existsSync) ?? 'python3';
  const made = spawnSync(python, ['-m', 'trustme', '-q', '-d', folder, '-i', ...hosts, ...(until === undefined ? [] : ['-x', until])], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`trustme failed: ${made.stderr}`);
  return { key: join(folder, 'server.key'), cert: join(folder, 'server.pem'), ca: join(folder, 'client.pem') };
}

/**
 * @param {string} folder
 * @param {Partial<import('../types.d.ts').CloudConfig>} [changes]
 */
export function configuration(folder, changes = {}) {
  const tls = certificate(folder, ['staging.acme.test', 'acme.test', 'files.acme.test', '*.acme.workers.test', 'api.resend.com']);
  /** @type {import('../types.d.ts').CloudConfig} */
  const config = {
    state: join(folder, 'state'),
    account,
    token,
    tls: { key: tls.key, cert: tls.cert },
    zone: 'workers.test',
    hosts: { 'staging.acme.test': 'acme-staging', 'acme.test': 'acme' },
    s3: { host: 'files.acme.test' },
    buckets: {
      'acme-staging-files': { script: 'acme-staging', accessKeyId: 'staging-key', secretAccessKey: 'staging-secret' },
      'acme-files': { script: 'acme', accessKeyId: 'production-key', secretAccessKey: 'production-secret' },
    },
    hyperdrives: {},
    outbound: {},
    proxied: {},
    ...changes,
  };
  return { config, ca: readFileSync(tls.ca) };
}

/** A running cloud. */
export class Cloud {
  /** @param {import('../types.d.ts').CloudConfig} config @param {Buffer} ca */
  constructor(config, ca) {
    this.config = config;
    this.ca = ca;
    this.log = '';
    this.ports = { edge: 0, control: 0 };
    this.child = spawn(process.execPath, [join(here, '../main.mjs')], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.exited = once(this.child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.log += text));
  }

  /** Waits for the ready line. @param {import('../types.d.ts').CloudConfig} config @param {Buffer} ca @returns {Promise<Cloud>} */
  static async start(config, ca) {
    const cloud = new Cloud(config, ca);
    cloud.child.stdin.write(`${JSON.stringify(config)}\n`);
    const line = await Promise.race([
      once(createInterface({ input: cloud.child.stdout }), 'line').then(([text]) => text),
      cloud.exited.then(({ code }) => Promise.reject(new Error(`the cloud ended with ${code}: ${cloud.log}`))),
    ]);
    cloud.ports = JSON.parse(line).ports;
    return cloud;
  }

  /** Closes stdin, as the end of the supervisor would, and waits. @returns {Promise<{code: number, signal: string | null}>} */
  async stop() {
    this.child.stdin.end();
    return this.exited;
  }

  /** Waits until the log says it; a line may come after the answer that it is about. @param {RegExp} pattern */
  async logged(pattern) {
    const deadline = AbortSignal.timeout(5000);
    while (!pattern.test(this.log)) {
      if (deadline.aborted) throw new Error(`the log never said ${pattern}:\n${this.log}`);
      await pause(10);
    }
  }

  /** @param {string} path @param {RequestInit} [init] */
  api(path, init = {}) {
    return fetch(`http://127.0.0.1:${this.ports.control}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
  }

  /**
   * Deploys the fixture Worker for the first time, through the API alone.
   *
   * @param {string} name
   * @param {import('../types.d.ts').Binding[]} bindings
   */
  async upload(name, bindings) {
    const form = new FormData();
    const metadata = {
      main_module: 'index.js',
      compatibility_date: '2026-10-01',
      bindings: [...bindings, { name: 'CF_VERSION_METADATA', type: 'version_metadata' }],
    };
    form.set('metadata', JSON.stringify(metadata));
    form.set('index.js', new File([readFileSync(join(here, 'worker/index.js'))], 'index.js', { type: 'application/javascript+module' }));
    const answer = await this.api(`/client/v4/accounts/${account.id}/workers/scripts/${name}`, { method: 'PUT', body: form });
    if (!answer.ok) throw new Error(`upload of ${name}: ${await answer.text()}`);
  }

  /**
   * One request to the edge.
   *
   * @param {string} url
   * @param {{method?: string, headers?: Record<string, string>, body?: string | Buffer, agent?: https.Agent, from?: string}} [options]
   *   `from`: the client's loopback address
   * @returns {Promise<{status: number, headers: import('node:http').IncomingHttpHeaders, text: string}>}
   */
  ask(url, { method = 'GET', headers = {}, body, agent, from } = {}) {
    const { hostname, pathname, search } = new URL(url);
    return new Promise((done, fail) => {
      const sent = https.request(
        {
          host: '127.0.0.1',
          port: this.ports.edge,
          servername: hostname,
          ca: this.ca,
          method,
          path: pathname + search,
          headers: { host: hostname, ...headers },
          agent: agent ?? false,
          ...(from === undefined ? {} : { localAddress: from }),
        },
        (answer) => {
          let text = '';
          answer
            .setEncoding('utf8')
            .on('data', (chunk) => (text += chunk))
            .on('error', fail);
          answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        },
      );
      sent.on('error', fail).end(body);
    });
  }

  /**
   * Asks again and again, one request after the other, until told to stop.
   *
   * @param {string} url
   * @returns {() => Promise<{requests: number, failures: string[], longest: number, seen: Set<string>}>}
   */
  loop(url) {
    let going = true;
    const result = { requests: 0, failures: /** @type {string[]} */ ([]), longest: 0, seen: new Set() };
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: this.ca });
    const ended = (async () => {
      while (going) {
        const began = performance.now();
        try {
          const { status, text } = await this.ask(url, { agent });
          if (status === 200) result.seen.add(text);
          else result.failures.push(`${status} ${text}`);
        } catch (error) {
          result.failures.push(String(error));
        }
        result.requests += 1;
        result.longest = Math.max(result.longest, performance.now() - began);
        // Without a pause the client takes the processor from the very swap that it watches.
        await pause(5);
      }
      agent.destroy();
      return result;
    })();
    return () => ((going = false), ended);
  }

  /**
   * Runs the unmodified wrangler in a project folder.
   *
   * @param {string} cwd
   * @param {string[]} args
   * @param {{input?: string, token?: string}} [options]
   * @returns {Promise<{code: number, output: string}>}
   */
  async wrangler(cwd, args, { input = '', token: given = token } = {}) {
    const home = join(cwd, '.home');
    mkdirSync(home, { recursive: true });
    const child = spawn(process.execPath, ['--no-warnings', wrangler, ...args], {
      cwd,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        XDG_CONFIG_HOME: home,
        CI: '1',
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${this.ports.control}/client/v4`,
        CLOUDFLARE_API_TOKEN: given,
        CLOUDFLARE_ACCOUNT_ID: account.id,
      },
    });
    child.stdin.end(input);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    const [code] = await once(child, 'close');
    return { code, output };
  }
}

/**
 * A copy of the fixture Worker's folder with a configuration of its own.
 *
 * @param {string} folder
 * @param {string} name script name
 * @param {Record<string, unknown>} [configuration]
 */
export function project(folder, name, configuration = {}) {
  const cwd = join(folder, name);
  cpSync(join(here, 'worker'), cwd, { recursive: true });
  writeFileSync(
    join(cwd, 'wrangler.json'),
    JSON.stringify({
      name,
      main: 'index.js',
      compatibility_date: '2026-10-01',
      compatibility_flags: ['nodejs_compat'],
      version_metadata: { binding: 'CF_VERSION_METADATA' },
      ...configuration,
    }),
  );
  return cwd;
}

/** The version id that wrangler printed. @param {string} output */
export function printedVersion(output) {
  const [, id] = /Version ID:\s+([0-9a-f-]{36})/.exec(output) ?? [];
  if (id === undefined) throw new Error(`wrangler printed no version id:\n${output}`);
  return id;
}
