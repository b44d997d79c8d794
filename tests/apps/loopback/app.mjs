/** A better-auth 1.7 app on plain node:http, in memory, over http on this machine: what somebody develops and looks at as localhost. */
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { toNodeHandler } from "better-auth-1-7/node";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { FAULT, freePort, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://localhost:${port}`;
const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: FAULT !== "sign-up is off" },
  advanced: FAULT === "cookie for scripts" ? { defaultCookieAttributes: { httpOnly: false } } : {},
});
const members = toNodeHandler(auth);
createServer((asked, answer) => {
  if (asked.url?.startsWith("/api/auth/")) return members(asked, answer);
  if (asked.url === "/health") return answer.writeHead(FAULT === "unhealthy" ? 503 : 204).end();
  answer.writeHead(404, { "content-type": "text/plain" }).end("nothing here\n");
}).listen(port, "localhost", () => ready(origin));
