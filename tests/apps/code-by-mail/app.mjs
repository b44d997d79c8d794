/**
 * An app without passwords on Hono, with nothing of better-auth: a code comes by mail, over SMTP, and a cookie keeps people signed in.
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { randomBytes, randomInt, randomUUID } from "node:crypto";

import { FAULT, needed, ready } from "../kit.mjs";
import { sendMail } from "../smtp.mjs";

const TRIES = 5;
/** @type {Map<string, { address: string, code: string, tries: number }>} */
const attempts = new Map();
/** @type {Map<string, string>} */
const sessions = new Map();
const members = new Set();
const asked = new Set();

/** @param {string} code */
const letter = (code) => `<style>p { color: #123456 }</style><h1>Notes</h1><p>Type this in within 10 minutes:</p><p><b>${code.slice(0, 4)} ${code.slice(4)}</b></p>
<p>Questions? <a href="https://notes.example/help/20261201">https://notes.example/help/20261201</a></p><p>© 2026 Notes GmbH, 10115 Berlin</p>`;

const app = new Hono();
app.get("/health", (context) => context.json({ status: "healthy" }));
app.post("/login", async (context) => {
  const { address } = await context.req.json();
  const code = String(randomInt(1e8)).padStart(8, "0");
  const ticket = randomUUID();
  if (FAULT !== "older code") for (const [id, other] of attempts) if (other.address === address) attempts.delete(id);
  const again = members.has(address) || asked.has(address);
  asked.add(address);
  if (FAULT !== "newest is void" || !again) attempts.set(ticket, { address, code, tries: 0 });
  if (FAULT === "never mailed") return context.json({ flow: { ticket } }, 202);
  const from = FAULT === "other sender" ? "Mailer <bounce@mailer.example>" : "Notes <hello@notes.example>";
  await sendMail(needed("SMTP_URL"), { from, to: address, subject: `${code} – your code for Notes`, html: letter(code) });
  return context.json({ flow: { ticket } }, 202);
});
app.post("/login/verify", async (context) => {
  const { address, pin, ticket } = await context.req.json();
  const mine = [...attempts].filter(([, each]) => each.address === address);
  const found = FAULT === "older code" ? (mine.find(([, each]) => each.code === pin) ?? mine[0]) : mine.find(([id]) => id === ticket);
  if (!found) return context.json({ error: "ask for a code first" }, 401);
  const [id, attempt] = found;
  const known = FAULT === "code of anybody" ? [...attempts.values()].some((each) => each.code === pin) : attempt.code === pin;
  if (FAULT !== "any code" && !known) {
    attempt.tries += 1;
    if (attempt.tries >= TRIES && FAULT !== "endless tries") attempts.delete(id);
    return context.json({ error: "wrong code" }, 401);
  }
  if (FAULT !== "used twice") attempts.delete(id);
  members.add(address);
  const session = randomBytes(24).toString("base64url");
  sessions.set(session, address);
  setCookie(context, "notes", session, { httpOnly: FAULT !== "cookie for scripts", sameSite: "Lax", path: "/" });
  return context.json({ ok: true });
});
app.get("/me", (context) => {
  const address = sessions.get(getCookie(context, "notes") ?? "");
  context.header("cache-control", "no-store");
  return address === undefined ? context.json({ error: "nobody" }, 401) : context.json({ address });
});
app.post("/logout", (context) => {
  if (FAULT !== "session stays") sessions.delete(getCookie(context, "notes") ?? "");
  deleteCookie(context, "notes");
  return context.body(null, 204);
});
app.delete("/me", (context) => {
  const address = sessions.get(getCookie(context, "notes") ?? "");
  if (address === undefined) return context.json({ error: "nobody" }, 401);
  members.delete(address);
  for (const [session, who] of sessions) if (who === address) sessions.delete(session);
  return context.body(null, 204);
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => ready(`http://127.0.0.1:${port}`));
