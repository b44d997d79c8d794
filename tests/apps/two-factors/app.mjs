/** A better-auth 1.7 app on Hono, in memory, whose members can demand a one-time code after the password. */
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { twoFactor } from "better-auth-1-7/plugins/two-factor";
import { Hono } from "hono";
import { createHmac, randomBytes } from "node:crypto";

import { FAULT, freePort, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
/** @type {Record<string, Record<string, any>[]>} */
const tables = { user: [], session: [], account: [], verification: [], twoFactor: [] };
const auth = betterAuth({
  appName: "Acme",
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  user: { deleteUser: { enabled: true } },
  plugins: [twoFactor()],
});

/** @type {string} the secret that was given out last, in base 32 */
let given = "";

/** The one-time code of now (RFC 6238). @param {string} secret */
function codeOf(secret) {
  const bits = [...secret.replace(/=+$/, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  return String((digest.readUInt32BE((digest.at(-1) ?? 0) & 15) & 0x7fffffff) % 1e6).padStart(6, "0");
}

const app = new Hono();
app.get("/health", (context) => context.json({ status: "healthy" }));
app.post("/api/auth/two-factor/enable", async (context) => {
  const answer = await auth.handler(context.req.raw);
  given = new URL((await answer.clone().json()).totpURI ?? "otpauth://totp/x").searchParams.get("secret") ?? "";
  return answer;
});
app.post("/api/auth/two-factor/verify-totp", async (context) => {
  const { code, ...rest } = await context.req.json();
  if (FAULT === "right code is wrong" && context.req.header("cookie")?.includes("two_factor")) return context.json({ code: "INVALID_CODE" }, 401);
  const body = JSON.stringify({ ...rest, code: FAULT === "any code" && given ? codeOf(given) : code });
  const headers = new Headers(context.req.raw.headers);
  headers.delete("content-length");
  const answer = await auth.handler(new Request(context.req.url, { method: "POST", headers, body }));
  if (FAULT === "password alone") for (const user of tables.user ?? []) user.twoFactorEnabled = false;
  if (FAULT === "endless tries") {
    for (const each of tables.verification ?? []) if (String(each.identifier).startsWith("2fa-attempts-")) each.value = "0";
    for (const each of tables.twoFactor ?? []) Object.assign(each, { failedVerificationCount: 0, lockedUntil: null });
  }
  return answer;
});
app.post("/api/auth/two-factor/verify-backup-code", async (context) => {
  const before = (tables.twoFactor ?? []).map(({ backupCodes }) => backupCodes);
  const answer = await auth.handler(context.req.raw);
  if (FAULT === "backup twice") for (const [at, each] of (tables.twoFactor ?? []).entries()) each.backupCodes = before[at];
  if (FAULT === "no backup" && answer.ok) return context.json({ code: "INVALID_BACKUP_CODE" }, 401);
  return answer;
});
app.on(["GET", "POST"], "/api/auth/*", (context) => auth.handler(context.req.raw));
app.get("/", (context) => context.text("Acme"));
serve({ fetch: app.fetch, hostname: "127.0.0.1", port }, () => ready(origin));
