const PREFIX = 'x-meta-';

/** Limit of R2 for the metadata of one object, names and values together (https://developers.cloudflare.com/r2/platform/limits/). */
export const MOST_METADATA_BYTES = 8192;

/**
 * Metadata in the `x-meta-*` headers of a request, names in lower case.
 *
 * @returns null when a value is not printable ASCII (headers have no agreed way to carry more: callers encode it) or all is too long.
 */
export function readMetadata(headers: Headers): Record<string, string> | null {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith(PREFIX) || name === PREFIX) continue;
    if (!/^[\x20-\x7e]*$/.test(value)) return null;
    metadata[name.slice(PREFIX.length)] = value;
    bytes += name.length - PREFIX.length + value.length;
  }
  return bytes > MOST_METADATA_BYTES ? null : metadata;
}

/** Metadata of an object as `x-meta-*` headers. What S3 clients stored beyond ASCII is sent as R2 itself does, encoded after RFC 2047. */
export function metadataHeaders(metadata: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) continue;
    headers[PREFIX + name.toLowerCase()] = /^[\x20-\x7e]*$/.test(value) ? value : encodedWord(value);
  }
  return headers;
}

function encodedWord(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return `=?utf-8?B?${btoa(String.fromCharCode(...bytes))}?=`;
}
