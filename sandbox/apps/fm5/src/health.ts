import { Resend } from 'resend';
import type { AppContext } from './app.ts';
import type { Env } from './env.ts';

type State = 'up' | 'down';

const ANSWER_WITHIN_MS = 3000;

/**
 * For how long an "up" of the mail provider is believed, per isolate.
 *
 * Resend allows few requests per second and counts these with the mails (https://resend.com/docs/api-reference/introduction#rate-limit):
 * a monitor that asks often would otherwise keep members from getting theirs.
 */
const MAIL_BELIEVED_MS = 10_000;
let mailUpAt = Number.NEGATIVE_INFINITY;

/** `GET /health`: asks every service that a member needs; 503 when one of them does not answer. */
export async function health(c: AppContext): Promise<Response> {
  const [database, storage, mail] = await Promise.all([
    state('database', () => c.var.scope.pool.query('select 1')),
    state('storage', () => c.env.FILES.list({ limit: 1 })),
    state('mail', () => askMail(c.env)),
  ]);
  const services = { database, storage, mail };
  const healthy = Object.values(services).every((service) => service === 'up');
  return c.json(
    {
      status: healthy ? 'healthy' : 'unhealthy',
      timestamp: new Date().toISOString(),
      version: c.env.RELEASE,
      services,
    },
    healthy ? 200 : 503,
    { 'cache-control': 'no-store' },
  );
}

async function state(service: string, ask: () => Promise<unknown>): Promise<State> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
  });
  try {
    await Promise.race([ask(), late]);
    return 'up';
  } catch (error) {
    console.error(`health: ${service} is down: ${error instanceof Error ? error.message : String(error)}`);
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when Resend answers and knows our key. */
async function askMail(env: Env): Promise<void> {
  if (Date.now() - mailUpAt < MAIL_BELIEVED_MS) return;
  const { error } = await new Resend(env.RESEND_API_KEY).domains.list();
  // A key that may only send is refused the list of domains by this name; an unknown key has another one. "Too many requests" is an answer too.
  if (error !== null && error.name !== 'restricted_api_key' && error.name !== 'rate_limit_exceeded') {
    throw new Error(`${error.statusCode ?? 'no answer'} ${error.name}: ${error.message}`);
  }
  mailUpAt = Date.now();
}
