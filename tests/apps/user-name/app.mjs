/** A better-auth 1.7 app on Express whose members sign in with a user name, on the web with a cookie, on a phone with a bearer token. */
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { fromNodeHeaders, toNodeHandler } from "better-auth-1-7/node";
import { bearer, username } from "better-auth-1-7/plugins";
import express from "express";
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";

import { FAULT, freePort, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const kept = memoryAdapter({ user: [], session: [], account: [], verification: [] });
/** Sign-ups under way: a replica that lags shows them none of the names that are taken. */
const joining = new AsyncLocalStorage();

/** @param {Parameters<typeof kept>[0]} options */
function lagging(options) {
  const found = kept(options);
  return {
    ...found,
    /** @param {Parameters<typeof found.findOne>[0]} asked */
    findOne: (asked) => (joining.getStore() && asked.where.some(({ field }) => field === "username") ? null : found.findOne(asked)),
  };
}

const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: FAULT === "names are taken twice" ? lagging : kept,
  emailAndPassword: { enabled: true },
  user: { deleteUser: { enabled: true }, additionalFields: { team: { type: "string", required: true } } },
  plugins: [
    username(),
    ...(FAULT === "no token" ? [] : [bearer({ requireSignature: true })]),
  ],
});
const answer = toNodeHandler(auth);
const app = express();
/** @type {Map<string, string>} what a cache in front has kept of each token's session */
const remembered = new Map();
app.use("/api/auth/get-session", async (asked, said, next) => {
  const token = asked.headers.authorization;
  if (!token) return next();
  if (FAULT === "any signature") asked.headers.authorization = known.get(token.replace(/^Bearer /, "").split(".")[0]) ?? token;
  if (FAULT !== "remembered sessions") return next();
  const session = await auth.api.getSession({ headers: fromNodeHeaders(asked.headers) });
  if (session) remembered.set(token, JSON.stringify(session));
  said.type("json").set("cache-control", "no-store").send(remembered.get(token) ?? "null");
});
/** @type {Map<string, string>} */
const known = new Map();
app.use((_, said, next) => {
  const set = said.setHeader.bind(said);
  said.setHeader = (name, value) => {
    if (name.toLowerCase() === "set-auth-token") known.set(String(value).split(".")[0] ?? "", `Bearer ${value}`);
    return set(name, value);
  };
  next();
});
app.get("/health", (_, said) => said.sendStatus(204));
app.all("/api/auth/{*rest}", (asked, said) => joining.run(asked.path.includes("/sign-up/"), () => answer(asked, said)));
app.listen(port, "127.0.0.1", () => ready(origin));
