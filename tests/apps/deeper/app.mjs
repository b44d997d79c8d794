/**
 * An app that says nothing of its health: a single page answers every address, and members come in by better-auth 1.7. What is wrong is
 * seen by whoever comes in, and by nobody who looks at its page.
 */
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { toNodeHandler } from "better-auth-1-7/node";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { FAULT, freePort, ready } from "../kit.mjs";

const PAGE = '<!doctype html><html lang="en"><title>Notes</title><div id="app"></div></html>';

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
// Migrations that were never run: the tables of the sign-in are not there.
const tables = FAULT === "no tables" ? {} : { user: [], session: [], account: [], verification: [] };
const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
});
const members = toNodeHandler(auth);
createServer((asked, answer) => {
  const routed = FAULT !== "page swallows the api" && asked.url?.startsWith("/api/auth/");
  if (routed) return members(asked, answer);
  answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
}).listen(port, "127.0.0.1", () => ready(origin));
