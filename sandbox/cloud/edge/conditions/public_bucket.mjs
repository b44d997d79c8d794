/** A bucket that is open to everybody: reads without a signature are answered as if its owner had asked. */

import { AwsClient } from 'aws4fetch';

import { s3Bucket } from '../hosts.mjs';

/** @type {Record<string, import('./fields.mjs').Field>} */
export const fields = {};
export const everywhere = true;

/**
 * @param {Record<string, never>} _options
 * @param {import('./conditions.mjs').Parts} parts
 * @returns {import('../exchange.mjs').Handler}
 */
export function handler(_options, { config }) {
  return async (exchange, next) => {
    const { request } = exchange;
    const bucket = exchange.host === config.s3?.host ? config.buckets[s3Bucket(exchange.path) ?? ''] : undefined;
    const unsigned = request.headers.authorization === undefined && !exchange.path.includes('X-Amz-Signature=');
    if (bucket !== undefined && unsigned && ['GET', 'HEAD'].includes(request.method ?? '')) {
      const owner = new AwsClient({ ...bucket, service: 's3', region: 'auto', retries: 0 });
      const address = `https://${request.headers.host}${exchange.path}`;
      const { url } = await owner.sign(address, { method: request.method ?? 'GET', aws: { signQuery: true } });
      exchange.path = url.slice(new URL(url).origin.length);
    }
    await next();
  };
}
