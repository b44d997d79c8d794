import { betterAuth } from 'better-auth';
import type { Pool } from 'pg';
import type { Env } from './env.ts';
import { deleteAll } from './files/bucket.ts';
import { confirmation, passwordReset } from './mail/letters.ts';
import { send } from './mail/send.ts';
import { schemaOptions } from './schema.ts';

/**
 * better-auth for one request.
 *
 * @param defer keeps a promise alive after the response was sent, and the pool open until it settles
 */
export function createAuth(env: Env, database: Pool, defer: (task: Promise<unknown>) => void) {
  const schema = schemaOptions(database);
  return betterAuth({
    ...schema,
    appName: 'FM5',
    baseURL: env.BASE_URL,
    secret: env.BETTER_AUTH_SECRET,
    trustedOrigins: [env.BASE_URL, env.SITE_ORIGIN],
    socialProviders: {
      github: { clientId: env.GITHUB_CLIENT_ID, clientSecret: env.GITHUB_CLIENT_SECRET },
      google: { clientId: env.GOOGLE_CLIENT_ID, clientSecret: env.GOOGLE_CLIENT_SECRET, prompt: 'select_account' },
    },
    emailAndPassword: {
      ...schema.emailAndPassword,
      requireEmailVerification: true,
      // Whoever resets a password may do so because somebody else knew the old one.
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: ({ user, url }) => send(env, passwordReset(user.email, url)),
    },
    emailVerification: {
      sendOnSignUp: true,
      sendOnSignIn: false,
      autoSignInAfterVerification: false,
      sendVerificationEmail: ({ user, url }) => send(env, confirmation(user.email, url)),
    },
    user: {
      deleteUser: {
        enabled: true,
        // Files first: if that fails, the member still exists and can try again. The other way round nobody could.
        beforeDelete: (user) => deleteAll(env.FILES, user.id),
      },
    },
    advanced: {
      // The only address header that Cloudflare sets itself and a client cannot choose.
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
      backgroundTasks: { handler: defer },
      // Would read the whole catalogue of the database for every request, as there is one better-auth per request. Migrations see to it.
      database: { validateSchema: false },
    },
  });
}

export type Auth = ReturnType<typeof createAuth>;
