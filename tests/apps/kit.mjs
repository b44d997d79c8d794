/**
 * What every app here needs to be started by a test: a port that the system gives, a line that says where it is, and an end when whoever
 * started it is gone.
 */
import process from "node:process";

/** What is wrong with this one on purpose; empty for the healthy app. */
export const FAULT = process.env.APP_FAULT ?? "";

/** Variables that whoever verifies the app needs as well, by name: `needed("SMTP_URL")`. Throws where one is missing.
 * @param {string} name
 * @returns {string} */
export function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`the app needs the variable ${name}`);
  return value;
}

/** A port that nobody else has, before the server is there: better-auth wants to know its own address when it is made.
 * @returns {Promise<number>} */
export async function freePort() {
  const { createServer } = await import("node:net");
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Says where the app is, on one line, and ends it when its input ends: then whoever started it is gone.
 * @param {string} origin */
export function ready(origin) {
  process.stdout.write(`${JSON.stringify({ origin })}\n`);
  process.stdin.resume();
  process.stdin.once("end", () => process.exit(0));
}
