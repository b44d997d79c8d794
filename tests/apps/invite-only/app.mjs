/** A better-auth 1.7 app on Hono that nobody signs up to: its members were made when it was set up. They keep notes. */
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { Hono } from "hono";
import { randomBytes } from "node:crypto";

import { FAULT, freePort, needed, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const options = {
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
};
const founding = betterAuth({ ...options, emailAndPassword: { enabled: true } });
for (const who of ["FIRST", "SECOND"]) {
  const body = { name: `Member ${who}`, email: needed(`ACME_${who}_EMAIL`), password: needed(`ACME_${who}_PASSWORD`) };
  await founding.api.signUpEmail({ body });
}
const hidden = FAULT === "accounts behind a polite answer";
const auth = betterAuth({ ...options, emailAndPassword: { enabled: true, disableSignUp: FAULT === "" } });

const app = new Hono();
app.get("/health", (context) => context.json({ status: "ok" }));
app.post("/api/auth/sign-up/email", async (context) => {
  const answer = await auth.handler(context.req.raw);
  return hidden ? context.json({ code: "BY_INVITATION", message: "Ask for an invitation." }, 403) : answer;
});
app.on(["GET", "POST"], "/api/auth/*", (context) => auth.handler(context.req.raw));
app.get("/me", async (context) => {
  context.header("cache-control", "no-store");
  const session = await auth.api.getSession({ headers: context.req.raw.headers });
  return session ? context.json({ email: session.user.email }) : context.json({ error: "nobody" }, 401);
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => ready(origin));
