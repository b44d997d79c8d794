import { env } from 'cloudflare:workers';

if (env.SECRET === 'breaks') throw new Error('this secret breaks the start');

/** A Worker that starts or not, depending on a secret. */
export default {
  fetch: () => new Response(env.SECRET ?? 'no secret'),
};
