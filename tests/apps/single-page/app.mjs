/** A single-page app with a better-auth 1.7 server beside its pages: every address that is no answer of the server is the one page. */
import { betterAuth } from "better-auth-1-7";
import { getMigrations } from "better-auth-1-7/db/migration";
import { toNodeHandler } from "better-auth-1-7/node";
import express from "express";
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

import { FAULT, freePort, needed, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;

/** Sends a mail with a link, as the app's provider takes it.
 * @param {string} to
 * @param {string} subject
 * @param {string} url */
async function send(to, subject, url) {
  const answer = await fetch(`${needed("RESEND_BASE_URL")}/emails`, {
    method: "POST",
    headers: { authorization: `Bearer ${needed("RESEND_API_KEY")}`, "content-type": "application/json" },
    body: JSON.stringify({ from: "Single Page <hello@acme.example>", to: [to], subject, html: `<a href="${url.replaceAll("&", "&amp;")}">${subject}</a>` }),
  });
  if (!answer.ok) throw new Error(`the mail was answered with ${answer.status}: ${await answer.text()}`);
}

const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: new DatabaseSync(":memory:"),
  emailAndPassword: {
    enabled: true,
    requireEmailVerification: true,
    sendResetPassword: ({ user, url, token }) =>
      send(user.email, "Choose a new password", FAULT === "reset links go to another page" ? `${origin}/password?token=${token}` : url),
  },
  emailVerification: {
    sendOnSignUp: true,
    sendVerificationEmail: ({ user, url }) => {
      const link = new URL(url);
      if (FAULT === "links end on the first page") link.searchParams.set("callbackURL", "/");
      return send(user.email, "Confirm your address", link.href);
    },
  },
});

await (await getMigrations(auth.options)).runMigrations();

const page = `<!doctype html><html lang="en"><title>Single page</title><div id="app"></div></html>`;
const app = express();
app.get("/health", (_, answer) => answer.json({ status: "healthy" }));
app.use((request, answer, next) => {
  const taken =
    (FAULT === "navigations are taken" && request.get("sec-fetch-mode") === "navigate") ||
    (FAULT === "whoever reads pages gets the page" && request.accepts("json", "html") === "html") ||
    (FAULT === "reset links are taken" && request.get("sec-fetch-mode") === "navigate" && request.path.includes("/reset-password/"));
  if (taken && request.method === "GET") return answer.type("html").send(page);
  return next();
});
app.all("/api/auth/{*rest}", toNodeHandler(auth));
app.get("/api/{*rest}", (_, answer) => answer.status(404).json({ error: "not found" }));
app.get("/new-password", (_, answer, next) => (FAULT === "page of new passwords is gone" ? answer.status(404).send("Not found") : next()));
app.get("/{*rest}", (_, answer) => answer.type("html").send(page));
app.listen(port, "127.0.0.1", () => ready(origin));
