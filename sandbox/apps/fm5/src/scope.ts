import pg from 'pg';
import { createAuth, type Auth } from './auth.ts';
import type { Env } from './env.ts';

/**
 * What belongs to one request: its database pool, its better-auth and the work that outlives the response.
 *
 * A socket belongs to the request that opened it on Workers, so neither pool nor better-auth may be shared between requests.
 */
export class Scope {
  readonly #env: Env;
  readonly #execution: Pick<ExecutionContext, 'waitUntil'>;
  readonly #tasks: Promise<unknown>[] = [];
  #pool: pg.Pool | undefined;
  #auth: Auth | undefined;

  constructor(env: Env, execution: Pick<ExecutionContext, 'waitUntil'>) {
    this.#env = env;
    this.#execution = execution;
  }

  get pool(): pg.Pool {
    if (this.#pool === undefined) {
      this.#pool = new pg.Pool({ connectionString: this.#env.DB.connectionString, max: 3, connectionTimeoutMillis: 5000 });
      // Without a listener a broken idle connection would become an uncaught exception. Nothing is lost with it: the pool opens another
      // one, and at its end workerd reports every connection that was closed in this way.
      this.#pool.on('error', () => {});
    }
    return this.#pool;
  }

  get auth(): Auth {
    this.#auth ??= createAuth(this.#env, this.pool, (task) => this.defer(task));
    return this.#auth;
  }

  /** Lets a task finish after the response. Registered at once, so that a client which hangs up cannot cancel it. */
  defer(task: Promise<unknown>): void {
    const logged = task.catch((error: unknown) => console.error(`background: ${String(error)}`));
    this.#tasks.push(logged);
    this.#execution.waitUntil(logged);
  }

  /** Ends the pool as soon as nothing deferred can need it any more. Call once, when the response is made. */
  close(): void {
    this.#execution.waitUntil(this.#settle());
  }

  async #settle(): Promise<void> {
    // A task may defer another one: go on until none is left.
    while (this.#tasks.length > 0) await Promise.allSettled(this.#tasks.splice(0));
    await this.#pool?.end();
  }
}
