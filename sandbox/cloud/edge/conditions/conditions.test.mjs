/** What each condition does to requests, behind the real edge with a handler in the place of the deployment. */

import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { connect } from 'node:tls';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { certificate, temporary, token } from '../../testing/cloud.mjs';
import { serveEdge } from '../server.mjs';
import { ConditionError, Conditions } from './conditions.mjs';
import { kinds } from './kinds.mjs';

const HOST = 'staging.acme.test';

describe('conditions', () => {
  const folder = temporary({ after });
  /** @type {Buffer} */
  let ca;
  /** @type {Awaited<ReturnType<typeof serveEdge>>} */
  let edge;
  let rolled = 0;
  let time = 0;
  /** Requests that came through to the deployment. @type {import('../exchange.mjs').Exchange[]} */
  let reached = [];
  /** @type {{url: string | undefined, authorization: string | undefined, body: string}[]} */
  const mailed = [];
  const mail = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    mailed.push({ url: request.url, authorization: request.headers.authorization, body });
    response.end('{}');
  });
  const script = {
    name: 'acme-staging',
    deployments: [{ versions: [{ version_id: 'new' }] }, { versions: [{ version_id: 'new' }] }, { versions: [{ version_id: 'old' }] }],
  };
  const config = {
    account: { subdomain: 'acme' },
    zone: 'workers.test',
    token,
    hosts: { [HOST]: 'acme-staging', 'acme.test': 'acme' },
    s3: { host: 'files.acme.test' },
    buckets: { kept: { script: 'acme-staging', accessKeyId: 'its-key', secretAccessKey: 'its-secret' } },
    tls: { ending: {} },
    proxied: { 'api.resend.com': '' },
    outbound: { 'api.resend.com': '' },
  };
  const conditions = new Conditions(
    /** @type {any} */ ({ config, store: { scripts: new Map([['acme-staging', script]]) }, roll: () => rolled, now: () => time }),
  );
  const put = (/** @type {Record<string, unknown>[]} */ ...wanted) => ((reached = []), conditions.put(wanted));

  before(async () => {
    await new Promise((resolve) => mail.listen(0, '127.0.0.1', () => resolve(undefined)));
    config.outbound['api.resend.com'] = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (mail.address()).port}`;
    const tls = certificate(folder, [HOST, 'acme.test', 'files.acme.test']);
    ca = readFileSync(tls.ca);
    /** @type {import('../exchange.mjs').Handler} */
    const deployment = async (exchange) => {
      reached.push(exchange);
      const { response, request } = exchange;
      response.writeHead(200, ['Content-Type', 'text/html', 'Set-Cookie', 'a=1', 'Cache-Control', 'no-store']);
      response.write('deployment saw ');
      response.end(request.headers.cookie ?? 'nobody');
    };
    config.tls.ending = certificate(mkdtempSync(join(folder, 'ending-')), [HOST], '2999-01-01');
    edge = await serveEdge(tls, [conditions.handler, deployment], () => {});
    conditions.parts.secure = edge.secure;
  });
  after(async () => {
    await edge?.stop();
    mail.close();
    mail.closeAllConnections();
  });

  /** @param {{path?: string, host?: string, method?: string, headers?: Record<string, string>, body?: string}} [options] */
  function ask({ path = '/', host = HOST, method = 'GET', headers = {}, body } = {}) {
    return new Promise((/** @type {(answer: {status: number, headers: http.IncomingHttpHeaders, text: string}) => void} */ done, fail) => {
      const where = { host: '127.0.0.1', port: edge.port, servername: host, ca, agent: false };
      const sent = https.request({ ...where, method, path, headers: { host, ...headers } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      });
      sent.on('error', fail).end(body);
    });
  }

  it('refuses what it does not know, names every mistake and changes nothing', async () => {
    await put({ kind: 'parked' });
    /** @type {[unknown, RegExp][]} */
    const wrong = [
      ['parked', /must be a list/],
      [[{ kind: 'rain' }], /condition 1 \(rain\): kind must be one of access_wall, cached/],
      [[{}], /condition 1: kind must be one of/],
      [[{ kind: 'constructor' }], /kind must be one of/],
      [[{ kind: 'latency' }], /condition 1 \(latency\): max_ms is missing; it must be a number of milliseconds/],
      [[{ kind: 'latency', max_ms: 500, speed: 1 }], /speed is unknown; it takes max_ms, hosts/],
      [[{ kind: 'reset', share: 0 }], /share must be a number above 0 and at most 1/],
      [[{ kind: 'mail_delay', seconds: 1, hosts: [HOST] }], /hosts is unknown/],
      [[{ kind: 'parked', hosts: ['other.test'] }], /hosts names other.test, which this edge does not serve/],
      [[{ kind: 'reset', share: 2 }, { kind: 'throttle', max: 0 }], /condition 1 .*; condition 2 \(throttle\): max must be/],
    ];
    for (const [wanted, pattern] of wrong)
      await assert.rejects(conditions.put(wanted), (error) => error instanceof ConditionError && pattern.test(error.message), String(pattern));
    assert.deepEqual(conditions.active, [{ kind: 'parked' }]);
    await conditions.clear();
    assert.equal((await ask()).text, 'deployment saw nobody');
  });

  it('concerns the hosts that it names; without them the Workers, or the whole network', async () => {
    await put({ kind: 'parked', hosts: ['acme.test'] });
    assert.match((await ask()).text, /deployment/);
    assert.match((await ask({ host: 'acme.test' })).text, /parked/);
    await put({ kind: 'parked' });
    assert.match((await ask({ host: 'files.acme.test' })).text, /deployment/);
    await put({ kind: 'captive' });
    assert.match((await ask({ host: 'files.acme.test' })).text, /Wi-Fi/);
  });

  it('sso_wall: 401 to a program, 302 to a browser, and the bypass secret opens it', async () => {
    await put({ kind: 'sso_wall', bypass: 'open-sesame' });
    const program = await ask({ path: '/health' });
    assert.equal(program.status, 401);
    assert.match(program.text, /Authentication Required.*|vercel\.com\/sso-api/);
    assert.match(String(program.headers['set-cookie']), /^_vercel_sso_nonce=.*; Max-Age=3600; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    const browser = await ask({ path: '/files?a=1', headers: { accept: 'text/html' } });
    assert.equal(browser.status, 302);
    assert.match(String(browser.headers.location), /^https:\/\/vercel\.com\/sso-api\?url=https%3A%2F%2Fstaging\.acme\.test%2Ffiles%3Fa%3D1&nonce=/);
    assert.equal((await ask({ method: 'POST', body: 'x'.repeat(100_000), headers: { 'x-vercel-protection-bypass': 'wrong' } })).status, 401);
    assert.equal(reached.length, 0);

    assert.equal((await ask({ headers: { 'x-vercel-protection-bypass': 'open-sesame' } })).status, 200);
    const exchanged = await ask({ path: '/a?x-vercel-protection-bypass=open-sesame&x-vercel-set-bypass-cookie=true&b=1' });
    assert.deepEqual([exchanged.status, exchanged.headers.location], [307, '/a?b=1']);
    const pass = String(exchanged.headers['set-cookie']).split(';')[0] ?? '';
    assert.equal((await ask({ headers: { cookie: pass } })).status, 200);

    await put({ kind: 'sso_wall', answer: 'redirect' });
    assert.equal((await ask({ headers: { 'x-vercel-protection-bypass': '' } })).status, 302);
    assert.equal((await ask({ headers: { cookie: '_vercel_jwt=undefined' } })).status, 302, 'a wall without a secret stays shut');
  });

  it('access_wall: 302 to the team, and a service token opens it', async () => {
    await put({ kind: 'access_wall', client_id: 'id.access', client_secret: 'secret' });
    const shut = await ask({ path: '/health', headers: { 'cf-access-client-id': 'id.access', 'cf-access-client-secret': 'wrong' } });
    assert.equal(shut.status, 302);
    assert.match(String(shut.headers.location), /^https:\/\/acme\.cloudflareaccess\.com\/cdn-cgi\/access\/login\/staging\.acme\.test\?kid=[0-9a-f]{64}&/);
    assert.match(String(shut.headers['www-authenticate']), /^Cloudflare-Access /);
    const open = await ask({ headers: { 'cf-access-client-id': 'id.access', 'cf-access-client-secret': 'secret' } });
    assert.equal(open.status, 200);
    assert.match(String(open.headers['set-cookie']), /CF_Authorization=/);
    await put({ kind: 'access_wall' });
    assert.equal((await ask({ headers: { 'cf-access-client-id': 'id.access', 'cf-access-client-secret': 'secret' } })).status, 302);
  });

  it('challenge: a share of the requests meets a 403 that says so', async () => {
    await put({ kind: 'challenge', share: 0.3 });
    rolled = 0.29;
    const { status, headers, text } = await ask();
    assert.deepEqual([status, headers['cf-mitigated']], [403, 'challenge']);
    assert.match(text, /<title>Just a moment\.\.\.<\/title>/);
    rolled = 0.3;
    assert.equal((await ask()).status, 200);
    rolled = 0;
  });

  it('parked, captive and sso_page answer everything with a page of their own', async () => {
    /** @type {[Record<string, unknown>, number, RegExp][]} */
    const table = [
      [{ kind: 'parked' }, 200, /staging\.acme\.test is parked/],
      [{ kind: 'captive' }, 302, /Wi-Fi login/],
      [{ kind: 'captive', answer: 'page' }, 200, /Wi-Fi login/],
      [{ kind: 'sso_page' }, 200, /Log in to continue/],
    ];
    for (const [condition, status, text] of table) {
      await put(condition);
      for (const method of ['GET', 'POST']) {
        const answer = await ask({ method, path: '/api/auth/sign-up/email' });
        assert.equal(answer.status, status);
        assert.match(answer.text, text);
      }
      assert.equal((await ask({ method: 'HEAD' })).text, '');
      assert.equal(reached.length, 0);
    }
  });

  it('latency: a request waits up to the maximum', async () => {
    await put({ kind: 'latency', max_ms: 80 });
    rolled = 0.9;
    const began = performance.now();
    assert.equal((await ask()).status, 200);
    assert.ok(performance.now() - began >= 71);
    rolled = 0;
  });

  it('reset: the connection of an idempotent request breaks, and the deployment never sees it', async () => {
    await put({ kind: 'reset', share: 0.01 });
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await assert.rejects(ask({ method }), { code: 'ECONNRESET' });
    assert.equal(reached.length, 0);
    assert.equal((await ask({ method: 'POST' })).status, 200);
    rolled = 0.01;
    assert.equal((await ask()).status, 200);
    rolled = 0;
  });

  it('cached: the first answer is everybody\'s until it has aged', async () => {
    time = 0;
    await put({ kind: 'cached', seconds: 10 });
    const first = await ask({ path: '/files', headers: { cookie: 'anna' } });
    assert.deepEqual([first.text, first.headers['cf-cache-status']], ['deployment saw anna', 'MISS']);
    time = 5000;
    const second = await ask({ path: '/files', headers: { cookie: 'ben' } });
    assert.deepEqual([second.text, second.headers['cf-cache-status'], second.headers.age], ['deployment saw anna', 'HIT', '5']);
    assert.deepEqual(second.headers['set-cookie'], ['a=1']);
    assert.match((await ask({ path: '/files?other', headers: { cookie: 'ben' } })).text, /ben/);
    assert.match((await ask({ path: '/files', method: 'POST', headers: { cookie: 'ben' } })).text, /ben/);
    time = 10_000;
    assert.match((await ask({ path: '/files', headers: { cookie: 'ben' } })).text, /ben/);
    await put({ kind: 'cached', types: ['application/json'] });
    for (const who of ['anna', 'ben']) assert.match((await ask({ headers: { cookie: who } })).text, new RegExp(who));
  });

  it('outdated: an address as it stands is answered with what an earlier release gave out', async () => {
    await put({ kind: 'outdated', paths: ['/app.css'], end: ' before' });
    const kept = await ask({ path: '/app.css', headers: { cookie: 'anna' } });
    assert.deepEqual([kept.text, kept.headers['cf-cache-status'], kept.headers.age], ['deployment saw anna before', 'HIT', '3000']);
    for (const path of ['/app.css?1', '/app.js']) assert.equal((await ask({ path, headers: { cookie: 'anna' } })).text, 'deployment saw anna');
  });

  it('throttle: more than so many in a window are refused, the next window is open again', async () => {
    time = 0;
    await put({ kind: 'throttle', max: 2, seconds: 10, paths: ['/api/'] });
    const status = async (/** @type {string} */ path) => (await ask({ path })).status;
    assert.deepEqual([await status('/api/a'), await status('/'), await status('/api/a'), await status('/api/a')], [200, 200, 200, 429]);
    time = 4000;
    assert.equal((await ask({ path: '/api/a' })).headers['retry-after'], '6');
    time = 10_000;
    assert.equal(await status('/api/a'), 200);
  });

  it('mixed_versions: by chance the version before answers, until the time is over', async () => {
    time = 0;
    await put({ kind: 'mixed_versions', seconds: 5 });
    const wanted = async () => (await ask(), reached.at(-1)?.version);
    rolled = 0.4;
    assert.equal(await wanted(), 'old');
    rolled = 0.6;
    assert.equal(await wanted(), undefined);
    rolled = 0.4;
    time = 5000;
    assert.equal(await wanted(), undefined);
    await put({ kind: 'mixed_versions', version: 'other' });
    assert.equal(await wanted(), 'other');
    rolled = 0;
  });

  it('public_bucket: reads without a signature are signed as their bucket\'s owner', async () => {
    await put({ kind: 'public_bucket' });
    const host = 'files.acme.test';
    const path = '/cdn-cgi/local/r2/s3/kept/a%20b.bin';
    const came = async (/** @type {Parameters<typeof ask>[0]} */ request) => (await ask({ host, ...request }), reached.at(-1)?.path);
    assert.match(String(await came({ path })), /^\/cdn-cgi\/local\/r2\/s3\/kept\/a%20b\.bin\?.*X-Amz-Credential=its-key.*&X-Amz-Signature=[0-9a-f]{64}$/);
    for (const request of [
      { path, headers: { authorization: 'AWS4-HMAC-SHA256 Credential=somebody' } },
      { path: `${path}?X-Amz-Signature=0` },
      { path, method: 'PUT', body: 'x' },
      { path: '/cdn-cgi/local/r2/s3/other/a.bin' },
      { path, host: HOST },
    ]) {
      assert.equal(await came(request), request.path);
    }
  });

  it('tls: another certificate and outdated versions, and afterwards neither', async () => {
    /** @param {import('node:tls').ConnectionOptions} [options] @returns {Promise<[string | null, string]>} */
    const shaken = (options) =>
      new Promise((done, fail) => {
        const where = { host: '127.0.0.1', port: edge.port, servername: HOST, rejectUnauthorized: false };
        const socket = connect({ ...where, ...options }, () => {
          done([socket.getProtocol(), socket.getPeerCertificate().valid_to]);
          socket.destroy();
        });
        socket.on('error', fail);
      });
    const outdated = { maxVersion: /** @type {const} */ ('TLSv1.1'), minVersion: /** @type {const} */ ('TLSv1.1'), ciphers: 'DEFAULT@SECLEVEL=0' };
    const [, usual] = await shaken();
    await assert.rejects(shaken(outdated));
    await put({ kind: 'tls', oldest: 'TLSv1.1' });
    assert.deepEqual(await shaken(outdated), ['TLSv1.1', usual]);
    assert.deepEqual(await shaken(), ['TLSv1.3', usual]);
    await put({ kind: 'tls', certificate: 'ending' });
    assert.match((await shaken())[1], / 2999 /);
    await assert.rejects(shaken(outdated));
    await conditions.clear();
    assert.deepEqual(await shaken(), ['TLSv1.3', usual]);
    await assert.rejects(shaken(outdated));

    config.tls.ending = certificate(mkdtempSync(join(folder, 'ended-')), [HOST], '2020-01-01');
    await assert.rejects(put({ kind: 'tls', certificate: 'ending' }), (error) => error instanceof ConditionError && /tls: the certificate .* has ended on .* 2020 .*: prepare/.test(error.message));
    assert.deepEqual(await shaken(), ['TLSv1.3', usual]);
  });

  it('mail_delay: told to the mail service, and taken back', async () => {
    await put({ kind: 'mail_delay', seconds: 7.5 });
    await conditions.clear();
    const said = mailed.map(({ url, authorization, body }) => [url, authorization, body]);
    assert.deepEqual(said, [
      ['/sandbox/hold', `Bearer ${token}`, '{"ms":7500}'],
      ['/sandbox/hold', `Bearer ${token}`, '{"ms":0}'],
    ]);
  });

  it('mail_outcome: told to the mail service, and taken back', async () => {
    mailed.length = 0;
    await put({ kind: 'mail_outcome', outcome: 'bounced' });
    await conditions.clear();
    const said = mailed.map(({ url, body }) => [url, body]);
    assert.deepEqual(said, [
      ['/sandbox/outcome', '{"outcome":"bounced"}'],
      ['/sandbox/outcome', '{"outcome":null}'],
    ]);
  });

  it('shows every kind in this file', () => {
    const text = readFileSync(import.meta.filename, 'utf8');
    assert.deepEqual(
      Object.keys(kinds).filter((kind) => !text.includes(`kind: '${kind}'`)),
      [],
    );
  });
});
