/**
 * The small Worker through which the control plane reads and writes objects: `<METHOD> /<bucket>/<key>`, both
 * percent-encoded, and `GET /<bucket>` for the bucket's totals. It listens on loopback only.
 */
export const OBJECTS_WORKER = `
const standard = ['content-type', 'content-disposition', 'content-encoding', 'content-language', 'cache-control', 'expires'];

async function totals(bucket) {
  let [objects, bytes, cursor] = [0, 0, undefined];
  do {
    const page = await bucket.list({ cursor });
    objects += page.objects.length;
    for (const object of page.objects) bytes += object.size;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return Response.json({ objects, bytes });
}

export default {
  async fetch(request, env) {
    const [, name, ...rest] = new URL(request.url).pathname.split('/');
    const bucket = env[decodeURIComponent(name)];
    if (bucket === undefined) return new Response('no such bucket', { status: 404 });
    if (rest.length === 0) return totals(bucket);
    const key = decodeURIComponent(rest.join('/'));
    if (request.method === 'PUT') {
      const given = new Headers();
      for (const header of standard) if (request.headers.has(header)) given.set(header, request.headers.get(header));
      const object = await bucket.put(key, request.body ?? '', { httpMetadata: given });
      return Response.json({ key: object.key, etag: object.etag, size: object.size, uploaded: object.uploaded });
    }
    if (request.method === 'DELETE') {
      await bucket.delete(key);
      return new Response(null, { status: 204 });
    }
    const object = await bucket.get(key);
    if (object === null) return new Response('no such key', { status: 404 });
    const headers = new Headers({ etag: object.httpEtag });
    object.writeHttpMetadata(headers);
    return new Response(object.body, { headers });
  },
};
`;
