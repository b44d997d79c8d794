import { AwsClient } from 'aws4fetch';
import { Hono } from 'hono';
import type { App } from '../app.ts';
import type { Env } from '../env.ts';
import { membersOnly } from '../members.ts';
import { encodeName, isValidName, keyOf } from './names.ts';

const EXPIRES_IN_S = 300;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;[\x20-\x7e]*)?$/;

/** `POST /api/uploads`: an address to which a member's own program may put one file, without passing it through this Worker. */
export const uploads = new Hono<App>().use(membersOnly).post('/', async (c) => {
  const wish: unknown = await c.req.json().catch(() => null);
  const { name, type } = (wish ?? {}) as { name?: unknown; type?: unknown };
  if (typeof name !== 'string' || !isValidName(name)) return c.json({ error: 'bad_name' }, 400);
  if (typeof type !== 'string' || !MEDIA_TYPE.test(type)) return c.json({ error: 'bad_type' }, 400);
  const key = keyOf(c.var.member.id, name);
  return c.json({
    url: await presign(c.env, key, type),
    method: 'PUT',
    headers: { 'content-type': type },
    key,
    expires_in: EXPIRES_IN_S,
  });
});

/** Presigned S3 PUT. The content type is part of the signature: with another one, the same address is refused. */
export async function presign(
  env: Pick<Env, 'S3_ENDPOINT' | 'S3_BUCKET' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY'>,
  key: string,
  type: string,
): Promise<string> {
  const client = new AwsClient({
    accessKeyId: env.S3_ACCESS_KEY_ID,
    secretAccessKey: env.S3_SECRET_ACCESS_KEY,
    service: 's3',
    region: 'auto',
  });
  const url = new URL(`${env.S3_ENDPOINT}/${env.S3_BUCKET}/${key.split('/').map(encodeName).join('/')}`);
  url.searchParams.set('X-Amz-Expires', String(EXPIRES_IN_S));
  const signed = await client.sign(url.href, {
    method: 'PUT',
    headers: { 'content-type': type },
    aws: { signQuery: true, allHeaders: true },
  });
  return signed.url;
}
