/** A better-auth 1.7 app whose members click a mailed link, on Hono, in memory; the mail goes by Resend's API. */
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { magicLink } from "better-auth-1-7/plugins/magic-link";
import { Hono } from "hono";
import { randomBytes } from "node:crypto";

import { FAULT, freePort, needed, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
/** @type {Record<string, object[]>} */
const tables = { user: [], session: [], account: [], verification: [] };
/** @type {string[]} tokens of the links that were mailed */
const mailed = [];

/** @type {Map<string, string>} whose each link is, as long as nobody has followed it, and afterwards */
const fresh = new Map();
const used = new Map();
/** @type {Map<string, (token: string) => void>} who gets a link without a mail */
const silent = new Map();

/** A link that nobody has used, for whoever comes with one that was.
 * @param {string} email
 * @returns {Promise<string>} */
async function another(email) {
  const token = new Promise((/** @type {(token: string) => void} */ resolve) => silent.set(email, resolve));
  await auth.api.signInMagicLink({ body: { email, callbackURL: "/welcome" }, headers: new Headers({ origin }) });
  silent.delete(email);
  return token;
}

/** @param {{ email: string, url: string, token: string }} told */
async function sendMagicLink({ email, url, token }) {
  mailed.push(token);
  const waiting = silent.get(email);
  if (waiting) return waiting(token);
  fresh.set(token, email);
  const link = FAULT === "other host" ? url.replace(origin, "https://app.acme.example") : url;
  const html = `<p><a href="${link.replaceAll("&", "&amp;")}">Sign in to Acme</a></p><p><a href="${origin}/terms">Terms</a></p>`;
  const answer = await fetch(`${needed("RESEND_BASE_URL")}/emails`, {
    method: "POST",
    headers: { authorization: `Bearer ${needed("RESEND_API_KEY")}`, "content-type": "application/json" },
    body: JSON.stringify({ from: "Acme <hello@acme.example>", to: email, subject: "Sign in to Acme", html }),
  });
  if (!answer.ok) throw new Error(`the mail was not accepted: ${answer.status}`);
}

const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter(tables),
  user: { deleteUser: { enabled: true } },
  plugins: [magicLink({ sendMagicLink })],
});
const app = new Hono();
// The catch-all of a single-page app: browsers get the page, programs get through.
const swallowed = (/** @type {string | undefined} */ mode) => FAULT === "navigations are taken" && mode === "navigate";
app.use(async (context, next) => (swallowed(context.req.header("sec-fetch-mode")) ? context.html("<!doctype html><title>Acme</title>") : next()));
app.get("/health", (context) => context.json({ status: "healthy" }));
app.get("/welcome", (context) => context.html("<!doctype html><title>Acme</title><h1>Welcome</h1>"));
app.get("/api/auth/magic-link/verify", async (context) => {
  const url = new URL(context.req.url);
  // Fronts of the app's own that mean well: some mail programs cut off what stands at a link's end, and people click twice.
  const token = url.searchParams.get("token") ?? "";
  if (FAULT === "beginning") url.searchParams.set("token", mailed.find((other) => other.startsWith(token.slice(0, 8))) ?? token);
  if (FAULT === "twice" && used.has(token)) url.searchParams.set("token", await another(used.get(token) ?? ""));
  const answer = await auth.handler(new Request(url, context.req.raw));
  if (fresh.has(token)) used.set(token, fresh.get(token));
  if (FAULT === "lost" && answer.status === 302) answer.headers.set("location", "/");
  return answer;
});
app.on(["GET", "POST"], "/api/auth/*", (context) => auth.handler(context.req.raw));
app.get("/", (context) => context.text("Acme"));
serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => ready(origin));
