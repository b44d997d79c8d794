import { createMiddleware } from 'hono/factory';
import type { App, AppContext, Member } from './app.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The member whose session cookie came with the request, or null. */
export async function currentMember(c: AppContext): Promise<Member | null> {
  const { headers, response } = await c.var.scope.auth.api.getSession({ headers: c.req.raw.headers, returnHeaders: true });
  // better-auth renews a session in use; without its cookie on this response only the row would live longer.
  for (const cookie of headers.getSetCookie()) c.header('set-cookie', cookie, { append: true });
  return response === null ? null : { id: response.user.id, name: response.user.name, email: response.user.email };
}

/** Lets signed-in members pass, and writes only when the request comes from this site's own pages. */
export const membersOnly = createMiddleware<App>(async (c, next) => {
  c.header('cache-control', 'private, no-store');
  const member = await currentMember(c);
  if (member === null) return c.json({ error: 'unauthorized' }, 401);
  if (!SAFE_METHODS.has(c.req.method) && c.req.header('origin') !== new URL(c.env.BASE_URL).origin) {
    return c.json({ error: 'foreign_origin' }, 403);
  }
  c.set('member', member);
  await next();
});
