import { Hono } from 'hono';
import type { App, AppContext } from '../app.ts';
import { membersOnly } from '../members.ts';
import { MOST_BYTES, readBody, TooLarge } from './body.ts';
import { objectsOf } from './bucket.ts';
import { download } from './download.ts';
import { readMetadata } from './metadata.ts';
import { decodeName, keyOf, prefixOf } from './names.ts';

export const DEFAULT_TYPE = 'application/octet-stream';

/** A file as lists show it. */
export interface Listed {
  readonly name: string;
  readonly key: string;
  readonly size: number;
  readonly type: string;
  readonly etag: string;
  readonly uploaded: string;
}

export async function listFiles(bucket: R2Bucket, memberId: string): Promise<Listed[]> {
  const listed: Listed[] = [];
  for await (const object of objectsOf(bucket, memberId)) {
    listed.push({
      name: object.key.slice(prefixOf(memberId).length),
      key: object.key,
      size: object.size,
      type: object.httpMetadata?.contentType ?? DEFAULT_TYPE,
      etag: object.httpEtag,
      uploaded: object.uploaded.toISOString(),
    });
  }
  return listed;
}

/** `/api/files`: a member's own files. Keys begin with the member's id, so another member's file is simply not found. */
export const files = new Hono<App>()
  .use(membersOnly)
  .get('/', async (c) => c.json({ files: await listFiles(c.env.FILES, c.var.member.id) }))
  .put('/*', async (c) => {
    const name = nameIn(c);
    if (name === null) return c.json({ error: 'bad_name' }, 400);
    const metadata = readMetadata(c.req.raw.headers);
    if (metadata === null) return c.json({ error: 'bad_metadata' }, 400);
    try {
      const type = c.req.header('content-type') ?? DEFAULT_TYPE;
      const key = keyOf(c.var.member.id, name);
      const object = await c.env.FILES.put(key, await readBody(c.req.raw), {
        httpMetadata: { contentType: type },
        customMetadata: metadata,
      });
      return c.json({ name, key, size: object.size, type, etag: object.httpEtag, metadata }, 201);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      return c.json({ error: 'too_large', limit: MOST_BYTES }, 413);
    }
  })
  .get('/*', async (c) => {
    const name = nameIn(c);
    if (name === null) return c.json({ error: 'bad_name' }, 400);
    const found = await download(c.env.FILES, keyOf(c.var.member.id, name), name, c.req.raw);
    return found ?? c.json({ error: 'not_found' }, 404);
  })
  .delete('/*', async (c) => {
    const name = nameIn(c);
    if (name === null) return c.json({ error: 'bad_name' }, 400);
    const key = keyOf(c.var.member.id, name);
    // R2 deletes what does not exist without a word.
    if ((await c.env.FILES.head(key)) === null) return c.json({ error: 'not_found' }, 404);
    await c.env.FILES.delete(key);
    return c.body(null, 204);
  });

function nameIn(c: AppContext): string | null {
  return decodeName(c.req.path.slice('/api/files/'.length));
}
