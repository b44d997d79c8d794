/** A better-auth 1.3 app on Express, in memory, over http on this machine. */
import { betterAuth } from "better-auth-1-3";
import { memoryAdapter } from "better-auth-1-3/adapters/memory";
import { toNodeHandler } from "better-auth-1-3/node";
import express from "express";
import { randomBytes } from "node:crypto";

import { FAULT, freePort, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const auth = betterAuth({
  baseURL: origin,
  secret: FAULT === "public secret" ? undefined : randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
});
const app = express();
app.get("/health", (_, answer) => answer.json({ status: "healthy" }));
app.all("/api/auth/{*rest}", toNodeHandler(auth));
app.listen(port, "127.0.0.1", () => ready(origin));
