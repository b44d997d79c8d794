/** What clients and Workers see at the two doors of the cloud: the edge, and the outbound seam. */

import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { after, before, describe, it } from 'node:test';

import { Cloud, account, configuration, temporary } from './testing/cloud.mjs';

/** A stand-in for a third party; remembers what it was asked. */
class StandIn {
  /** @type {{method: string | undefined, url: string | undefined, host: string | undefined, body: string}[]} */
  asked = [];
  server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.asked.push({ method: request.method, url: request.url, host: request.headers.host, body });
    response.end('from the stand-in');
  });

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', () => resolve(undefined)));
    return /** @type {import('node:net').AddressInfo} */ (this.server.address()).port;
  }
}

describe('the edge and the outbound seam', () => {
  const folder = temporary({ after });
  const mail = new StandIn();
  /** @type {Cloud} */
  let cloud;
  const url = (/** @type {string} */ path) => `https://staging.acme.test${path}`;
  const version = async () => (await cloud.ask(url('/version'))).text;

  before(async () => {
    const port = await mail.start();
    const { config, ca } = configuration(folder, {
      outbound: { 'api.resend.com': `http://127.0.0.1:${port}` },
      proxied: { 'api.resend.com': `http://127.0.0.1:${port}` },
    });
    cloud = await Cloud.start(config, ca);
    await cloud.upload('acme-staging', [{ name: 'FILES', type: 'r2_bucket', bucket_name: 'acme-staging-files' }]);
    const objects = `/client/v4/accounts/${account.id}/r2/buckets/acme-staging-files/objects`;
    assert.equal((await cloud.api(`${objects}/kept.txt`, { method: 'PUT', body: 'kept' })).status, 200);
  });
  after(async () => {
    await cloud?.stop();
    mail.server.close();
    mail.server.closeAllConnections();
  });

  it('shows S3 on its own host only, and no other path of Miniflare anywhere', async () => {
    assert.equal((await cloud.ask(url('/cdn-cgi/local/r2/s3/acme-staging-files/kept.txt'))).status, 404);
    assert.equal((await cloud.ask(url('/cdn-cgi/local/r2/public/acme-staging-files/kept.txt'))).status, 404);
    assert.equal((await cloud.ask('https://files.acme.test/cdn-cgi/local/r2/public/acme-staging-files/kept.txt')).status, 404);
    assert.equal((await cloud.ask('https://files.acme.test/version')).status, 404);
  });

  it('lets a Worker reach declared third parties only', async () => {
    const sent = await cloud.ask(url('/fetch?url=https://api.resend.com/emails?x=1'), { method: 'POST', body: 'a mail' });
    assert.deepEqual([sent.status, sent.text], [200, 'from the stand-in']);
    assert.deepEqual(mail.asked.at(-1), { method: 'POST', url: '/emails?x=1', host: 'api.resend.com', body: 'a mail' });
    assert.equal((await cloud.ask(url('/fetch?url=https://unknown.example/'))).status, 502);
    assert.equal((await cloud.ask('https://api.resend.com/domains')).text, 'from the stand-in');
    const { refusedHosts } = /** @type {any} */ (await (await cloud.api('/sandbox/status')).json());
    assert.deepEqual(
      refusedHosts.map((/** @type {any} */ { script, host, times }) => [script, host, times]),
      [['acme-staging', 'unknown.example', 1]],
    );
  });

  it('lets requests in flight and background work finish before a swap', async () => {
    const swaps = () => cloud.log.match(/swapped script=acme-staging/g)?.length ?? 0;
    const api = `/client/v4/accounts/${account.id}/workers`;
    const made = await cloud.api(`${api}/workers/acme-staging/versions/latest`, {
      method: 'PATCH',
      body: JSON.stringify({ env: { FOURTH: { type: 'secret_text', text: 'x' } } }),
    });
    const { id } = /** @type {any} */ (await made.json()).result;
    const before = await version();
    const [sent, swapped] = [mail.asked.length, swaps()];
    const slow = cloud.ask(url('/slow?ms=300'));
    await cloud.ask(url('/later?url=https://api.resend.com/later'));
    const deployed = await cloud.api(`${api}/scripts/acme-staging/deployments?force=true`, {
      method: 'POST',
      body: JSON.stringify({ strategy: 'percentage', versions: [{ version_id: id, percentage: 100 }] }),
    });
    assert.equal(deployed.status, 200);
    assert.deepEqual(
      mail.asked.slice(sent).map(({ url: path }) => path),
      ['/later'],
    );
    const { status, text } = await slow;
    assert.deepEqual([status, text], [200, before], 'it was answered by the version that it reached');
    assert.equal(await version(), id);
    assert.equal(swaps(), swapped + 1, 'a version that was never run needs a swap');
  });

  it('tells the Worker who asks, by the loopback address of the client', async () => {
    const forged = { 'CF-Connecting-IP': '6.6.6.6', 'X-Forwarded-For': '6.6.6.6' };
    const { headers } = JSON.parse(
      (await cloud.ask(url('/echo'), { headers: forged, from: process.platform === 'linux' ? '127.0.0.7' : '127.0.0.1' })).text,
    );
    const expected = process.platform === 'linux' ? '127.0.0.7' : '127.0.0.1';
    assert.deepEqual(
      [headers['cf-connecting-ip'], headers['x-forwarded-for'], headers['x-forwarded-proto'], headers.host],
      // Cloudflare keeps the chain that came and appends what it sees: only its own header is to be believed.
      [expected, `6.6.6.6, ${expected}`, 'https', 'staging.acme.test'],
    );
  });

  it('answers hosts that it does not serve with a clear text', async () => {
    const answer = await cloud.ask('https://staging.acme.test/', { headers: { host: 'other.test' } });
    assert.equal(answer.status, 421);
    assert.match(answer.text, /"other.test".*staging\.acme\.test/);
  });

  it('shows an exception of the Worker as Cloudflare does, without its stack', async () => {
    const answer = await cloud.ask(url('/throw'));
    assert.deepEqual([answer.status, answer.text], [500, 'error code: 1101\n']);
    await cloud.logged(/thrown by the Worker/);
  });

  it('streams bodies both ways over one kept connection and answers 100-continue', async () => {
    const body = Buffer.alloc(3_000_000, 'x');
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    const length = { 'content-length': String(body.length) };
    assert.deepEqual(JSON.parse((await cloud.ask(url('/upload'), { method: 'PUT', body, agent, headers: length })).text), {
      bytes: body.length,
      length: String(body.length),
    });
    assert.equal(
      (await cloud.ask(url('/mirror'), { method: 'POST', body, agent, headers: { 'transfer-encoding': 'chunked' } })).text.length,
      body.length,
    );
    agent.destroy();

    // The second half of the body is sent only when the first has come back: nothing waits for the end of a body.
    const echoed = await new Promise((resolve, reject) => {
      let text = '';
      const sent = https.request({
        host: '127.0.0.1',
        port: cloud.ports.edge,
        servername: 'staging.acme.test',
        ca: cloud.ca,
        method: 'POST',
        path: '/mirror',
        headers: { host: 'staging.acme.test', expect: '100-continue', 'transfer-encoding': 'chunked' },
      });
      sent.on('continue', () => sent.write('first half, '));
      sent.on('response', (answer) =>
        answer
          .setEncoding('utf8')
          .on('data', (chunk) => {
            text += chunk;
            if (text === 'first half, ') sent.end('second half');
          })
          .on('end', () => resolve(text)),
      );
      sent.on('error', reject).flushHeaders();
    });
    assert.equal(echoed, 'first half, second half');
  });

  it('serves the same deployments after a restart, and leaves no process behind', async () => {
    const served = await version();
    const { code } = await cloud.stop();
    assert.equal(code, 0, cloud.log);
    cloud = await Cloud.start(cloud.config, cloud.ca);
    assert.equal(await version(), served);
    assert.equal((await cloud.ask(url('/object?key=kept.txt'))).text, 'kept');
  });
});
