/** A better-auth 1.5 app on Hono: members are counted from 1, better-auth is mounted at /auth/v2, and health is a word. */
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth-1-5";
import { memoryAdapter } from "better-auth-1-5/adapters/memory";
import { Hono } from "hono";
import { randomBytes } from "node:crypto";

import { FAULT, freePort, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
/** @type {{ id: number, userId: number, text: string }[]} */
const notes = [];
const auth = betterAuth({
  baseURL: origin,
  basePath: "/auth/v2",
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  advanced: { database: { generateId: "serial" }, ...(FAULT === "forms of other sites" ? { disableCSRFCheck: true } : {}) },
  databaseHooks: {
    user: {
      create: {
        after: async (user) => {
          notes.push({ id: notes.length + 1, userId: Number(user.id), text: "Welcome" });
        },
      },
    },
  },
});
const app = new Hono();
const keeping = FAULT === "notes may be kept" ? "public, max-age=60" : "private, no-store";
/** @type {Map<string, object>} */
const kept = new Map();

app.get("/health", (c) => c.text("OK"));
app.on(["GET", "POST"], "/auth/v2/*", async (c) => {
  const answer = await auth.handler(c.req.raw);
  if (FAULT === "session may be kept" && c.req.path.endsWith("/get-session")) answer.headers.set("cache-control", "s-maxage=30");
  return answer;
});
app.get("/api/notes", async (c) => {
  if (FAULT === "answers are kept" && kept.has(c.req.path)) return c.json(kept.get(c.req.path), 200, { "cache-control": keeping });
  const session = await auth.api.getSession({ headers: c.req.raw.headers });
  if (!session) return c.json({ error: "nobody is signed in" }, 401, { "cache-control": "no-store" });
  const member = Number(session.user.id);
  const own = FAULT === "notes of everybody" ? notes : notes.filter((note) => note.userId === member);
  const page = { page: 1, pages: 1, count: own.length, notes: own };
  kept.set(c.req.path, page);
  return c.json(page, 200, { "cache-control": keeping });
});
app.get("/", (c) => c.html(`<!doctype html><html lang="en"><title>Notes</title><p>Page 1 of 1, 7 members so far</p></html>`));

serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => ready(origin));
