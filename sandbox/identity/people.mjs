/** The answer to the page that asks who somebody is. */

/**
 * @param {import('hono').Context} c
 * @returns {Promise<{ request: string, person: import('./grants.mjs').Person | undefined }>} no person when nobody was named
 */
export async function personIn(c) {
  const given = new URLSearchParams(await c.req.text());
  const [name, email] = [given.get('name')?.trim() ?? '', given.get('email')?.trim() ?? ''];
  return { request: given.get('request') ?? '', person: name !== '' && /^\S+@\S+$/.test(email) ? { name, email } : undefined };
}
