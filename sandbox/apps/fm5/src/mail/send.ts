import { Resend } from 'resend';
import type { Env } from '../env.ts';
import type { Letter } from './letters.ts';

const ATTEMPTS = 4;
const LONGEST_PAUSE_S = 5;

/**
 * Hands a letter to Resend, again after a refusal that passes (rate limit, a fault on their side, no connection).
 *
 * The idempotency key makes sure that a second attempt never becomes a second mail:
 * https://resend.com/docs/dashboard/emails/idempotency-keys
 *
 * @throws {Error} when Resend refuses the letter for good. Names subject and reason, never the address or the link.
 */
export async function send(env: Env, letter: Letter): Promise<void> {
  const resend = new Resend(env.RESEND_API_KEY);
  const idempotencyKey = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    const { error, headers } = await resend.emails.send({ from: env.MAIL_FROM, ...letter }, { idempotencyKey });
    if (error === null) return;
    if (attempt === ATTEMPTS || !passes(error.statusCode)) {
      throw new Error(`mail "${letter.subject}" was not accepted: ${error.statusCode ?? 'no answer'} ${error.name}`);
    }
    await pause(headers?.['retry-after'], attempt);
  }
}

function passes(status: number | null): boolean {
  return status === null || status === 429 || status >= 500;
}

async function pause(retryAfter: string | undefined, attempt: number): Promise<void> {
  const asked = Number(retryAfter);
  // Without advice: half a second, one, two; a random part keeps letters that were refused together apart.
  const seconds = asked > 0 ? asked : 2 ** (attempt - 2);
  await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, LONGEST_PAUSE_S) * 1000 + Math.random() * 250));
}
