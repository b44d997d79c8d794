import type { BetterAuthOptions } from 'better-auth';
import type { Pool } from 'pg';

/**
 * The part of better-auth's options that decides which tables exist.
 *
 * The Worker and the migration command both start from it, so the database can never be migrated for other options than those
 * that run.
 */
export function schemaOptions(database: Pool) {
  return {
    database,
    emailAndPassword: { enabled: true },
    // In the database, because isolates do not share memory: a limiter per isolate would let an attacker choose his isolate.
    rateLimit: { enabled: true, storage: 'database' },
    telemetry: { enabled: false },
  } as const satisfies BetterAuthOptions;
}
