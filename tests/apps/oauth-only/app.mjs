/** A better-auth 1.7 app without passwords, on another base path: people sign in with GitHub or Discord. */
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { Hono } from "hono";
import { createHmac, randomBytes } from "node:crypto";

import { FAULT, freePort, ready } from "../kit.mjs";

// The providers, as they answer to a code that they never gave out: https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps
globalThis.fetch = async () => Response.json({ error: "bad_verification_code", error_description: "The code is incorrect." });

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const secret = randomBytes(32).toString("base64url");
const elsewhere = FAULT === "way back of another deployment" ? "https://old.acme.example/auth/callback/github" : undefined;
const auth = betterAuth({
  baseURL: origin,
  basePath: "/auth",
  secret,
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  socialProviders: {
    github: { clientId: "Ov23liAcmeExample", clientSecret: randomBytes(20).toString("hex"), redirectURI: elsewhere },
    discord: { clientId: "1234567890123456789", clientSecret: randomBytes(20).toString("hex") },
  },
  account: { skipStateCookieCheck: FAULT === "state is not checked" },
});
const app = new Hono();
app.get("/health", (context) => context.text("OK"));
app.get("/auth/callback/:provider", async (context, next) => {
  if (FAULT === "dies of strangers") return context.text("Internal Server Error", 500);
  if (FAULT !== "takes anybody in") return next();
  const { internalAdapter } = await auth.$context;
  const user = await internalAdapter.createUser({ name: "Somebody", email: `${randomBytes(6).toString("hex")}@acme.example`, emailVerified: true });
  const { token } = await internalAdapter.createSession(user.id);
  const signed = `${token}.${createHmac("sha256", secret).update(token).digest("base64")}`;
  context.header("set-cookie", `better-auth.session_token=${encodeURIComponent(signed)}; Path=/; HttpOnly; SameSite=Lax`);
  return context.redirect("/");
});
app.on(["GET", "POST"], "/auth/*", (context) => auth.handler(context.req.raw));
serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => ready(origin));
