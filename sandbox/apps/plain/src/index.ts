import { betterAuth } from 'better-auth';
import pg from 'pg';
import { authOptions } from './options.ts';

interface Env {
  readonly DB: Hyperdrive;
  readonly BASE_URL: string;
  readonly BETTER_AUTH_SECRET: string;
}

export default {
  async fetch(request, env, execution) {
    const { pathname } = new URL(request.url);
    if (pathname === '/') return new Response('Acme\n');
    // A socket belongs to the request that opened it: one pool per request, ended when it is answered.
    const pool = new pg.Pool({ connectionString: env.DB.connectionString, max: 3, connectionTimeoutMillis: 5000 });
    // Closing an idle connection is reported as an error on workerd; without a listener it would be an uncaught exception.
    pool.on('error', () => {});
    try {
      if (pathname === '/status') return await status(pool);
      if (pathname.startsWith('/auth/v1/')) {
        const auth = betterAuth({
          ...authOptions(pool),
          baseURL: env.BASE_URL,
          secret: env.BETTER_AUTH_SECRET,
          trustedOrigins: [env.BASE_URL],
        });
        return await auth.handler(request);
      }
      return new Response('Not found\n', { status: 404 });
    } finally {
      execution.waitUntil(pool.end());
    }
  },
} satisfies ExportedHandler<Env>;

async function status(pool: pg.Pool): Promise<Response> {
  try {
    await pool.query('select 1');
    return Response.json({ status: 'ok' });
  } catch (error) {
    console.error(`status: the database does not answer: ${String(error)}`);
    return Response.json({ status: 'error' }, { status: 503 });
  }
}
