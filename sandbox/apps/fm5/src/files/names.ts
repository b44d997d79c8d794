/** Longest name of a file, in characters (code points). 200 of at most 4 bytes stay below R2's limit of 1024 bytes per key. */
export const LONGEST_NAME = 200;

/** Whether a file may be called so: one path segment of visible text. */
export function isValidName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  if (!name.isWellFormed() || /[/\p{Cc}]/u.test(name)) return false;
  return name.length <= LONGEST_NAME || [...name].length <= LONGEST_NAME;
}

/**
 * Name in a percent-encoded path segment, or null when it is no valid name.
 *
 * Decodes exactly once and takes `+` for a plus: names that differ only by encoding (`a b`, `a+b`, `a%20b`) stay different files.
 */
export function decodeName(segment: string): string | null {
  try {
    const name = decodeURIComponent(segment);
    return isValidName(name) ? name : null;
  } catch {
    return null;
  }
}

/** Percent-encodes everything but RFC 3986's unreserved characters, as S3 signatures expect a path segment. */
export function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What all keys of a member's files begin with. */
export function prefixOf(memberId: string): string {
  return `users/${memberId}/`;
}

export function keyOf(memberId: string, name: string): string {
  return prefixOf(memberId) + name;
}

/** `Content-Disposition` that saves under this name; with a fallback for programs that do not know `filename*` (RFC 6266). */
export function attachment(name: string): string {
  const fallback = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_');
  return `attachment; filename="${fallback}"; filename*=UTF-8''${encodeName(name)}`;
}
