import { prefixOf } from './names.ts';

/** Every object of a member, whatever their number. */
export async function* objectsOf(bucket: R2Bucket, memberId: string): AsyncGenerator<R2Object> {
  let cursor: string | undefined;
  do {
    const page: R2Objects = await bucket.list({
      prefix: prefixOf(memberId),
      include: ['httpMetadata'],
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

/** Deletes everything a member stored. */
export async function deleteAll(bucket: R2Bucket, memberId: string): Promise<void> {
  // Always the first page: deleting while following a cursor may skip objects.
  for (;;) {
    const { objects } = await bucket.list({ prefix: prefixOf(memberId) });
    if (objects.length === 0) return;
    await bucket.delete(objects.map((object) => object.key));
  }
}
