/**
 * A better-auth 1.7 app that mails a confirmation to whoever signs up, and lets people in without it. That no mail leaves is noticed by
 * nobody who tries the app, because everything goes on.
 */
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { toNodeHandler } from "better-auth-1-7/node";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { FAULT, freePort, needed, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const mails = { url: `${needed("RESEND_BASE_URL")}/emails`, key: needed("RESEND_API_KEY") };

/** @param {string} to @param {string} link */
async function send(to, link) {
  const elsewhere = FAULT === "link of the build machine" ? link.replace(origin, "http://localhost:1") : link;
  const answer = await fetch(mails.url, {
    method: "POST",
    headers: { authorization: `Bearer ${mails.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      from: "Notes <hello@notes.example>",
      to,
      subject: "Confirm your address",
      html: `<p><a href="${elsewhere}">Confirm</a></p>`,
    }),
  });
  if (!answer.ok) throw new Error(`the mail was refused: ${answer.status} ${await answer.text()}`);
}

const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  emailVerification: {
    sendOnSignUp: FAULT !== "never sent",
    sendVerificationEmail: ({ user, url }) => send(user.email, url),
  },
});
const members = toNodeHandler(auth);
createServer((asked, answer) => {
  if (asked.url?.startsWith("/api/auth/")) return members(asked, answer);
  if (asked.url === "/") return answer.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Notes</title>");
  if (asked.url === "/health") return answer.writeHead(200, { "content-type": "application/json" }).end('[{"name":"notes","up":true}]');
  answer.writeHead(404, { "content-type": "text/plain" }).end("nothing here\n");
}).listen(port, "127.0.0.1", () => ready(origin));
