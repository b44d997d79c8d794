import pg from 'pg';

/** Reaches PostgreSQL through its Hyperdrive binding, a connection per request. */
export default {
  async fetch(_request, env, context) {
    const client = new pg.Client({ connectionString: env.DB.connectionString });
    await client.connect();
    const { rows } = await client.query('select current_user as role, $1::int + 1 as sum', [41]);
    context.waitUntil(client.end());
    return Response.json(rows[0]);
  },
};
