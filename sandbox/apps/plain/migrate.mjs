// Usage: DATABASE_URL=postgres://... node sandbox/apps/plain/migrate.mjs
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';
import { authOptions } from './src/options.ts';

/** @param {string} connectionString */
async function migrate(connectionString) {
  const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 5000 });
  try {
    // better-auth warns that its own bigint column is no "number" on Postgres: harmless, and there on every run.
    const { toBeCreated, runMigrations } = await getMigrations({ ...authOptions(pool), logger: { level: 'error' } });
    await runMigrations();
    for (const { table } of toBeCreated) console.log(`created table "${table}"`);
    if (toBeCreated.length === 0) console.log('nothing to do: the database is up to date');
  } finally {
    await pool.end();
  }
}

const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  console.error('migrate: set DATABASE_URL to the database to migrate, for example postgres://role:password@host:5432/database');
  process.exitCode = 2;
} else {
  try {
    await migrate(DATABASE_URL);
  } catch (error) {
    console.error(`migrate: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
