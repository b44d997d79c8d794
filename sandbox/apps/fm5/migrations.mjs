import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';

/**
 * Brings a database to the tables that better-auth needs. Running it again changes nothing.
 *
 * @param {(database: pg.Pool) => import('better-auth').BetterAuthOptions} optionsFor the options that decide which tables exist
 * @param {string} databaseUrl
 * @returns {Promise<string[]>} what was changed, one line each
 */
export async function migrate(optionsFor, databaseUrl) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 5000 });
  // A connection that breaks while idle; the next query reports it.
  pool.on('error', () => {});
  try {
    const { toBeCreated, toBeAdded, toBeAddedIndexes, runMigrations } = await getMigrations({
      ...optionsFor(pool),
      // It warns that its own bigint column is no "number" on Postgres: harmless, and there on every run.
      logger: { level: 'error' },
    });
    await runMigrations();
    return [
      ...toBeCreated.map(({ table, fields }) => `created table "${table}" (${Object.keys(fields).join(', ')})`),
      ...toBeAdded.map(({ table, fields }) => `extended table "${table}" by ${Object.keys(fields).join(', ')}`),
      ...toBeAddedIndexes.map(({ table, name }) => `created index "${name}" on "${table}"`),
    ];
  } finally {
    await pool.end();
  }
}

/**
 * A migration command: takes the address from DATABASE_URL (never from the arguments, which every process on the machine can read)
 * and prints what it did.
 *
 * @param {(database: pg.Pool) => import('better-auth').BetterAuthOptions} optionsFor
 */
export async function migrationCommand(optionsFor) {
  const { DATABASE_URL } = process.env;
  if (!DATABASE_URL) {
    console.error('migrate: set DATABASE_URL to the database to migrate, for example postgres://role:password@host:5432/database');
    process.exitCode = 2;
    return;
  }
  try {
    const changes = await migrate(optionsFor, DATABASE_URL);
    for (const change of changes) console.log(change);
    console.log(changes.length === 0 ? 'nothing to do: the database is up to date' : `${changes.length} changes applied`);
  } catch (error) {
    console.error(`migrate: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
