import { metadataHeaders } from './metadata.ts';
import { attachment } from './names.ts';
import { parseRange, type ByteRange } from './ranges.ts';

/** Answer to a GET or HEAD of a stored object, or null when there is none. */
export async function download(bucket: R2Bucket, key: string, name: string, request: Request): Promise<Response | null> {
  if (request.method === 'HEAD') {
    const object = await bucket.head(key);
    return object && new Response(null, { headers: describe(object, name, object.size) });
  }
  if (!request.headers.has('range')) {
    const object = await bucket.get(key);
    return object && new Response(object.body, { headers: describe(object, name, object.size) });
  }
  return downloadPart(bucket, key, name, request.headers);
}

async function downloadPart(bucket: R2Bucket, key: string, name: string, headers: Headers): Promise<Response | null> {
  const object = await bucket.head(key);
  if (object === null) return null;
  // If-Range: the rest of a file that has changed meanwhile would not fit to what the client holds.
  const condition = headers.get('if-range');
  const wanted = condition === null || condition === object.httpEtag ? (headers.get('range') ?? undefined) : undefined;
  const range = parseRange(wanted, object.size);
  if (range === 'unsatisfiable') {
    return Response.json(
      { error: 'range_not_satisfiable' },
      { status: 416, headers: { 'content-range': `bytes */${object.size}`, 'accept-ranges': 'bytes', 'cache-control': 'private, no-store' } },
    );
  }
  const part = await bucket.get(key, {
    onlyIf: { etagMatches: object.etag },
    ...(range === null ? {} : { range: { offset: range.first, length: lengthOf(range) } }),
  });
  // Deleted or overwritten since it was looked up: look again.
  if (part === null || !('body' in part)) return downloadPart(bucket, key, name, headers);
  if (range === null) return new Response(part.body, { headers: describe(part, name, part.size) });
  return new Response(part.body, {
    status: 206,
    headers: { ...describe(part, name, lengthOf(range)), 'content-range': `bytes ${range.first}-${range.last}/${part.size}` },
  });
}

function lengthOf(range: ByteRange): number {
  return range.last - range.first + 1;
}

function describe(object: R2Object, name: string, length: number): Record<string, string> {
  return {
    ...metadataHeaders(object.customMetadata ?? {}),
    'content-type': object.httpMetadata?.contentType ?? 'application/octet-stream',
    'content-length': String(length),
    'content-disposition': attachment(name),
    'cache-control': 'private, no-store',
    'accept-ranges': 'bytes',
    'last-modified': object.uploaded.toUTCString(),
    etag: object.httpEtag,
  };
}
