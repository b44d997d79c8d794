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
  const { body } = request;
  if (body === null) return new Uint8Array();
  const declared = request.headers.get('content-length');
  // R2 takes no stream of unknown length: keep it, as far as it is allowed to go.
  if (declared === null) return join(await collect(body, MOST_BYTES));
  if (Number(declared) > MOST_BYTES) await collect(body, 0);
  return body;
}

/**
 * Chunks of a body of at most `most` bytes.
 *
 * A larger one is read on for a while and thrown away: many clients look for the answer only after they have sent everything, and a
 * connection with unread bytes cannot be used again.
 */
async function collect(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size <= most) chunks.push(chunk);
    else chunks.length = 0;
    if (size > 2 * MOST_BYTES) break;
  }
  if (size > most) throw new TooLarge();
  return chunks;
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
