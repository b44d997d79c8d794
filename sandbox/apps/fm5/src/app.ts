import type { Context } from 'hono';
import type { Env } from './env.ts';
import type { Scope } from './scope.ts';

/** A member who is signed in. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Hono's type parameter: bindings of the deployment and what the middleware puts beside a request. */
export interface App {
  Bindings: Env;
  Variables: { scope: Scope; member: Member };
}

export type AppContext = Context<App>;

/**
 * Path of a request as it was sent, not decoded.
 *
 * Hono decodes the path before routing, which cannot tell `a%2520b` from `a%20b` afterwards and loses names with a line break.
 */
export function rawPath(request: Request): string {
  const start = request.url.indexOf('/', request.url.indexOf('://') + 3);
  if (start < 0) return '/';
  const end = request.url.slice(start).search(/[?#]/);
  return end < 0 ? request.url.slice(start) : request.url.slice(start, start + end);
}
