/** Largest file, in bytes: 25 MiB. */
export const MOST_BYTES = 25 * 1024 * 1024;

/** The body is larger than a file may be. */
export class TooLarge extends Error {}

/**
 * Body of a request in a form that R2 accepts: a stream whose length is known, or bytes.
 *
 * @throws {TooLarge} when it is, or says that it is, larger than {@link MOST_BYTES}
 */
export async function readBody(request: Request): Promise<ReadableStream | Uint8Array> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > MOST_BYTES) throw new TooLarge();
  if (request.body === null) return new Uint8Array();
  return declared === null ? collect(request.body) : request.body;
}

/** R2 takes no stream of unknown length: keep it, as far as it is allowed to go. */
async function collect(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw new TooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
