/** The real wrangler deploys to the local cloud, and clients at the edge see what it did. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AwsClient } from 'aws4fetch';

import { Cloud, account, configuration, printedVersion, project, temporary } from './testing/cloud.mjs';

describe('a cloud with two Workers', () => {
  const folder = temporary({ after });
  /** @type {Cloud} */
  let cloud;
  let staging = '';
  let production = '';
  let first = '';
  let second = '';
  const url = (/** @type {string} */ path) => `https://staging.acme.test${path}`;
  const version = async () => (await cloud.ask(url('/version'))).text;
  /** @param {string[]} args @param {string} [input] */
  const wrangler = async (args, input) => {
    const { code, output } = await cloud.wrangler(staging, args, { input: input ?? '' });
    assert.equal(code, 0, `wrangler ${args.join(' ')}\n${output}\n${cloud.log}`);
    return output;
  };

  before(async () => {
    const { config, ca } = configuration(folder);
    cloud = await Cloud.start(config, ca);
    staging = project(folder, 'acme-staging', {
      vars: { GREETING: 'hello', SETTINGS: { deep: [1] } },
      preview_urls: true,
      r2_buckets: [{ binding: 'FILES', bucket_name: 'acme-staging-files' }],
    });
    production = project(folder, 'acme', { vars: { GREETING: 'production' }, r2_buckets: [{ binding: 'FILES', bucket_name: 'acme-files' }] });
  });
  after(() => cloud?.stop());

  it('knows the account, and refuses another token', async () => {
    const output = await wrangler(['whoami']);
    assert.match(output, new RegExp(`${account.name}.*${account.id}`));
    const answer = await cloud.api('/client/v4/user', { headers: { authorization: 'Bearer wrong' } });
    assert.equal(answer.status, 403);
    assert.equal(/** @type {any} */ (await answer.json()).errors[0].code, 10000);
  });

  it('says that a declared Worker is not deployed yet', async () => {
    assert.equal((await cloud.ask(url('/version'))).status, 530);
    const answer = await cloud.wrangler(staging, ['versions', 'upload', '--no-bundle']);
    assert.notEqual(answer.code, 0);
  });

  it('serves the first deployment with its variables, tag and version', async () => {
    writeFileSync(join(staging, 'secrets.json'), JSON.stringify({ SECRET: 'first secret' }));
    first = printedVersion(
      await wrangler(['deploy', '--no-bundle', '--tag', 'v1', '--message', 'first', '--secrets-file', 'secrets.json']),
    );
    const deployed = await cloud.wrangler(production, ['deploy', '--no-bundle']);
    assert.equal(deployed.code, 0, deployed.output);
    const echo = JSON.parse((await cloud.ask(url('/echo?a=1'))).text);
    assert.equal(echo.url, url('/echo?a=1'));
    assert.deepEqual(
      [echo.version.id, echo.version.tag, echo.greeting, echo.settings, echo.secret],
      [first, 'v1', 'hello', { deep: [1] }, 'first secret'],
    );
    const other = JSON.parse((await cloud.ask('https://acme.test/echo')).text);
    assert.deepEqual([other.greeting, other.secret], ['production', null]);
  });

  it('changes versions without one failed request, and without holding the other Worker', async () => {
    const clients = [cloud.loop(url('/version')), cloud.loop('https://acme.test/version')];

    second = printedVersion(await wrangler(['deploy', '--no-bundle', '--tag', 'v2', '--message', 'second', '--var', 'GREETING:again']));
    const echo = JSON.parse((await cloud.ask(url('/echo'))).text);
    assert.deepEqual([echo.version.id, echo.greeting, echo.secret], [second, 'again', 'first secret'], 'an unchanged secret is inherited');

    await wrangler(['rollback', first, '--yes', '--message', 'drill']);
    assert.equal(await version(), first);
    const status = JSON.parse(await wrangler(['deployments', 'status', '--json']));
    assert.deepEqual(status.versions, [{ version_id: first, percentage: 100 }]);
    assert.equal(status.annotations['workers/message'], 'drill');

    const third = printedVersion(await wrangler(['versions', 'upload', '--no-bundle', '--tag', 'v3']));
    assert.equal(await version(), first, 'an upload alone changes nothing');
    const refused = await cloud.wrangler(staging, ['secret', 'put', 'SECRET'], { input: 'too early' });
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /latest version of your Worker isn't currently deployed/);

    await wrangler(['versions', 'deploy', `${third}@0%`, `${first}@100%`, '--yes', '--message', 'smoke before promotion']);
    const override = { 'Cloudflare-Workers-Version-Overrides': `acme-staging="${third}"` };
    assert.equal((await cloud.ask(url('/version'), { headers: override })).text, third);
    for (let i = 0; i < 10; i += 1) assert.equal(await version(), first);

    await wrangler(['versions', 'deploy', `${third}@100%`, '--yes']);
    assert.equal(await version(), third);

    await wrangler(['secret', 'put', 'OTHER'], 'a second secret');
    assert.equal(JSON.parse((await cloud.ask(url('/echo'))).text).other, 'a second secret');
    assert.deepEqual(
      JSON.parse(await wrangler(['secret', 'list']))
        .map((/** @type {{name: string}} */ { name }) => name)
        .sort(),
      ['OTHER', 'SECRET'],
    );
    writeFileSync(join(staging, 'bulk.json'), JSON.stringify({ SECRET: 'rotated', THIRD: 'x' }));
    await wrangler(['secret', 'bulk', 'bulk.json']);
    await wrangler(['secret', 'delete', 'OTHER']);
    const changed = JSON.parse((await cloud.ask(url('/echo'))).text);
    assert.deepEqual([changed.secret, changed.other], ['rotated', null]);

    const across = await wrangler(['rollback', first, '--yes']);
    assert.match(
      across,
      /following secrets have changed.*\* SECRET\n\s*\* THIRD/s,
      'wrangler asks about changed secrets and, in CI, goes on',
    );
    assert.equal(JSON.parse((await cloud.ask(url('/echo'))).text).secret, 'first secret');

    const [onStaging, onProduction] = await Promise.all(clients.map((end) => end()));
    const swaps = cloud.log.match(/swapped script=acme-staging/g)?.length ?? 0;
    assert.ok(swaps >= 6, `the first start and five swaps were expected, the log shows ${swaps}`);
    assert.deepEqual([onStaging?.failures, onProduction?.failures], [[], []]);
    assert.ok((onStaging?.seen.size ?? 0) >= 4, 'the client saw the versions change');
    const { workers } = /** @type {any} */ (await (await cloud.api('/sandbox/status')).json());
    assert.ok(workers['acme-staging'].held > 0, 'the client was held at swaps');
    assert.equal(workers.acme.held, 0, 'the other Worker was never held');
    assert.deepEqual(workers['acme-staging'].current, [{ version_id: first, percentage: 100 }]);
    assert.deepEqual([workers['acme-staging'].swapping, workers['acme-staging'].hosts[0]], [false, 'staging.acme.test']);
  });

  it('serves a version at its preview host while another is deployed', async () => {
    assert.equal((await cloud.ask(`https://${second.slice(0, 8)}-acme-staging.acme.workers.test/version`)).text, second);
    assert.equal((await cloud.ask('https://00000000-acme-staging.acme.workers.test/version')).status, 404);
    assert.equal((await cloud.ask('https://acme-staging.acme.workers.test/version')).text, first);
  });

  it('refuses a version that does not start, and the old one keeps serving', async () => {
    writeFileSync(join(staging, 'broken.js'), 'throw new Error("no start"); export default {};');
    const { code, output } = await cloud.wrangler(staging, ['deploy', 'broken.js', '--no-bundle']);
    assert.notEqual(code, 0);
    assert.match(output, /Uncaught Error: no start[\s\S]*code: 10021/);
    assert.equal(await version(), first);
  });

  it('refuses a secret with which the Worker does not start, and the old version serves again', async () => {
    const fragile = join(dirname(fileURLToPath(import.meta.url)), 'testing/worker/fragile.js');
    const cwd = project(folder, 'fragile', { main: fragile });
    const deployed = await cloud.wrangler(cwd, ['deploy', '--no-bundle']);
    assert.equal(deployed.code, 0, deployed.output);
    const put = await cloud.wrangler(cwd, ['secret', 'put', 'SECRET'], { input: 'breaks' });
    assert.match(put.output, /this secret breaks the start[\s\S]*code: 10021/);
    assert.equal((await cloud.ask('https://fragile.acme.workers.test/')).text, 'no secret');
    const again = await cloud.wrangler(cwd, ['secret', 'put', 'SECRET'], { input: 'holds' });
    assert.equal(again.code, 0, again.output);
    assert.equal((await cloud.ask('https://fragile.acme.workers.test/')).text, 'holds');
  });

  it('refuses bindings that it has not got, naming them', async () => {
    writeFileSync(
      join(staging, 'kv.json'),
      JSON.stringify({
        name: 'acme-staging',
        main: 'index.js',
        compatibility_date: '2026-10-01',
        kv_namespaces: [{ binding: 'CACHE', id: 'abc' }],
        r2_buckets: [{ binding: 'FILES', bucket_name: 'acme-files' }],
      }),
    );
    const { code, output } = await cloud.wrangler(staging, ['deploy', '-c', 'kv.json', '--no-bundle', '--no-x-provision']);
    assert.notEqual(code, 0);
    assert.match(output, /CACHE is of type kv_namespace.*the Worker acme keeps/s);
  });

  it('names a route that it has not got, also in the log', async () => {
    const answer = await cloud.api(`/client/v4/accounts/${account.id}/d1/database`);
    assert.equal(answer.status, 404);
    const [error] = /** @type {any} */ (await answer.json()).errors;
    assert.equal(error.code, 7003);
    assert.match(error.message, /GET \/client\/v4\/accounts\/\w+\/d1\/database/);
    await cloud.logged(/no route method=GET path=\/client\/v4\/accounts\/\w+\/d1\/database/);
  });

  it('keeps objects that wrangler, S3 and the Worker share', async () => {
    writeFileSync(join(staging, 'note.txt'), 'a note');
    const key = 'acme-staging-files/folder/a + ü.txt';
    await wrangler(['r2', 'object', 'put', key, '--file', 'note.txt', '--content-type', 'text/plain', '--remote']);
    const read = await cloud.ask(url(`/object?key=${encodeURIComponent('folder/a + ü.txt')}`));
    assert.deepEqual([read.status, read.text, read.headers['content-type']], [200, 'a note', 'text/plain']);
    await wrangler(['r2', 'object', 'get', key, '--file', 'copy.txt', '--remote']);
    assert.equal(readFileSync(join(staging, 'copy.txt'), 'utf8'), 'a note');

    const signer = new AwsClient({ accessKeyId: 'staging-key', secretAccessKey: 'staging-secret', service: 's3', region: 'auto' });
    const endpoint = 'https://files.acme.test/cdn-cgi/local/r2/s3/acme-staging-files';
    const signed = await signer.sign(`${endpoint}/presigned.txt`, { method: 'PUT', aws: { signQuery: true } });
    assert.equal(
      (await cloud.ask(signed.url, { method: 'PUT', body: 'through S3', headers: { origin: 'https://staging.acme.test' } })).status,
      200,
      'also from a page of the app',
    );
    assert.equal((await cloud.ask(url('/object?key=presigned.txt'))).text, 'through S3');
    const presigned = await signer.sign(`${endpoint}/presigned.txt`, { aws: { signQuery: true } });
    assert.equal(
      (await cloud.ask(url(`/fetch?url=${encodeURIComponent(presigned.url)}`))).text,
      'through S3',
      'a Worker reaches the S3 host as well',
    );
    assert.equal((await cloud.ask(signed.url.replace('presigned.txt', 'other.txt'), { method: 'PUT', body: 'x' })).status, 403);
    assert.match((await cloud.ask(`${endpoint}/presigned.txt`)).text, /<Code>InvalidArgument<\/Code>/);
    assert.match(
      (await cloud.ask((await signer.sign(endpoint.replace('acme-staging-files', 'no-bucket'), { aws: { signQuery: true } })).url)).text,
      /NoSuchBucket/,
    );

    await wrangler(['r2', 'object', 'delete', key, '--remote']);
    const gone = await cloud.wrangler(staging, ['r2', 'object', 'get', key, '--file', 'none.txt', '--remote']);
    assert.notEqual(gone.code, 0);
    assert.match(gone.output, /specified key does not exist/);
  });
});
