import type { BetterAuthOptions } from 'better-auth';
import type { Pool } from 'pg';

/** better-auth's options, as far as they do not depend on the deployment. Members join at once: nothing is mailed. */
export function authOptions(database: Pool) {
  return {
    appName: 'Acme',
    database,
    basePath: '/auth/v1',
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: true, storage: 'database' },
    advanced: {
      cookiePrefix: 'acme',
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
      // Once per process it is useful; here it would be once per request.
      database: { validateSchema: false },
    },
    telemetry: { enabled: false },
  } as const satisfies BetterAuthOptions;
}
