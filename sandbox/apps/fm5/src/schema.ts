import type { BetterAuthOptions } from 'better-auth';
import { jwt } from 'better-auth/plugins/jwt';
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
    plugins: [
      jwt({
        // Other services learn who somebody is, and no more than that.
        jwt: { expirationTime: '15m', definePayload: ({ user }) => ({ name: user.name, email: user.email }) },
        // Whoever wants a token asks for one; every look at a session would sign another.
        disableSettingJwtHeader: true,
      }),
    ],
  } as const satisfies BetterAuthOptions;
}
