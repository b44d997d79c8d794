/** R2 buckets and objects. */

import { Hono } from 'hono';

import { envelope, errors } from '../errors.mjs';

const objectHeaders = [
  'content-type',
  'content-disposition',
  'content-encoding',
  'content-language',
  'cache-control',
  'expires',
  'content-length',
];

/** @typedef {import('../../types.d.ts').BucketRecord} BucketRecord */

/**
 * @param {import('../../types.d.ts').CloudConfig} config
 * @param {import('../store.mjs').Store} store
 * @param {import('../../runtime/runtime.mjs').Runtime} runtime
 */
export function r2Routes(config, store, runtime) {
  // Buckets of the configuration have been there for ever.
  const always = new Date(0).toISOString();
  /** @param {string} name @returns {BucketRecord} */
  const bucket = (name) => {
    if (!runtime.hasBucket(name)) throw errors.noBucket(name);
    return store.buckets.get(name) ?? { name, creation_date: always };
  };
  /** @param {BucketRecord} record */
  const shown = ({ name, creation_date }) => ({ name, creation_date, location: 'LAB', storage_class: 'Standard' });

  /** @param {import('hono').Context} c @param {{headers?: Record<string, string>, body?: ReadableStream<Uint8Array> | null}} [init] */
  const object = async (c, init) => {
    const name = String(c.req.param('bucket'));
    bucket(name);
    // Decoded once: wrangler puts a key into the path as it is.
    const path = new URL(c.req.url).pathname;
    const key = decodeURIComponent(path.slice(path.indexOf('/objects/') + '/objects/'.length));
    const answer = await runtime.objects(name, key, { method: c.req.method, ...init });
    if (answer === undefined) throw errors.refused(`No Worker binds the bucket ${name} yet; deploy one that does, then use its objects.`);
    if (answer.status === 404) {
      // The bucket's gate counts the exchange as open until its body is read or given up.
      await answer.body?.cancel();
      throw errors.noObject(key);
    }
    return answer;
  };

  return new Hono()
    .get('/buckets', (c) => {
      const names = [...new Set([...Object.keys(config.buckets), ...store.buckets.keys()])].sort();
      return c.json(envelope({ buckets: names.map((name) => shown(bucket(name))) }));
    })
    .post('/buckets', async (c) => {
      const { name } = await c.req.json();
      if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name))
        throw errors.refused(`"${name}" is not a bucket name: 3 to 63 lower-case letters, digits and hyphens.`);
      if (runtime.hasBucket(name)) throw errors.bucketExists(name);
      const record = { name, creation_date: new Date().toISOString() };
      await store.saveBucket(record);
      return c.json(envelope(shown(record)));
    })
    .get('/buckets/:bucket', (c) => c.json(envelope(shown(bucket(c.req.param('bucket'))))))
    .put('/buckets/:bucket/objects/*', async (c) => {
      /** @type {Record<string, string>} */
      const headers = {};
      for (const name of objectHeaders) {
        const value = c.req.header(name);
        if (value !== undefined) headers[name] = value;
      }
      return c.json(envelope(await (await object(c, { headers, body: c.req.raw.body })).json()));
    })
    .get('/buckets/:bucket/objects/*', (c) => object(c))
    .delete('/buckets/:bucket/objects/*', async (c) => {
      await object(c);
      return c.json(envelope(null));
    });
}

/**
 * `wrangler r2 bucket info` asks for a bucket's size through GraphQL; this answers that one question.
 *
 * @param {import('../../runtime/runtime.mjs').Runtime} runtime
 */
export function graphqlRoutes(runtime) {
  return new Hono().post('/graphql', async (c) => {
    const { operationName, variables } = await c.req.json();
    if (operationName !== 'getR2StorageMetrics') throw errors.noRoute('POST', `/graphql (${operationName})`);
    const answer = await runtime.objects(String(variables?.filter?.bucketName), undefined);
    /** @type {any} */
    const totals = answer?.ok ? await answer.json() : { objects: 0, bytes: 0 };
    const group = {
      max: { objectCount: totals.objects, payloadSize: totals.bytes, metadataSize: 0 },
      dimensions: { datetime: new Date().toISOString() },
    };
    return c.json({ data: { viewer: { accounts: [{ r2StorageAdaptiveGroups: [group] }] } }, errors: null });
  });
}
