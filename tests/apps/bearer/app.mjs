/** An app of nobody's, without a framework: OAuth 2.0's password grant at /token, user names and no addresses, tasks of each member. */
import { createHmac, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { FAULT, freePort, ready } from "../kit.mjs";

const KEY = FAULT === "key of a tutorial" ? "your-256-bit-secret" : randomBytes(32);
/** @type {Map<string, { salt: Buffer, hash: Buffer, tasks: string[] }>} */
const members = new Map();
const ended = new Set();

const encoded = (/** @type {object} */ part) => Buffer.from(JSON.stringify(part)).toString("base64url");
const signature = (/** @type {string} */ signed) => createHmac("sha256", KEY).update(signed).digest("base64url");

function made(/** @type {string} */ name) {
  const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded({ sub: name, jti: randomBytes(9).toString("hex") })}`;
  return `${signed}.${signature(signed)}`;
}

function whose(/** @type {string | undefined} */ shown) {
  const token = shown?.match(/^Token (.+)$/)?.[1] ?? "";
  const [head, claims, given] = token.split(".");
  if (!claims || ended.has(token)) return undefined;
  const { alg } = JSON.parse(Buffer.from(head, "base64url").toString());
  const trusted = FAULT === "unsigned tokens" && alg.toLowerCase() === "none";
  if (!trusted && given !== signature(`${head}.${claims}`)) return undefined;
  const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString());
  return members.has(sub) ? sub : undefined;
}

/** @type {Record<string, (body: string, shown: string | undefined) => [number, object?]>} */
const routes = {
  "GET /health": () => [200, { status: "ok" }],
  "POST /users": (body) => {
    const { username, password, terms } = JSON.parse(body);
    if (!/^[a-z0-9]{3,30}$/.test(username) || terms !== true) return [422, { detail: "username, password and terms, please" }];
    if (members.has(username)) return [409, { detail: "That name is taken." }];
    const salt = randomBytes(16);
    members.set(username, { salt, hash: scryptSync(password, salt, 32), tasks: [] });
    return [201, { username }];
  },
  "POST /token": (body) => {
    const form = new URLSearchParams(body);
    const name = form.get("username") ?? "";
    const member = form.get("grant_type") === "password" ? members.get(name) : undefined;
    if (FAULT === "anybody has a token" && !member) return [200, { access_token: made(name), token_type: "bearer" }];
    if (FAULT === "any password" && member) return [200, { access_token: made(name), token_type: "bearer" }];
    const fits = member && timingSafeEqual(scryptSync(form.get("password") ?? "", member.salt, 32), member.hash);
    return fits ? [200, { access_token: made(name), token_type: "bearer" }] : [401, { detail: "Incorrect username or password" }];
  },
  "GET /users/me": (_, shown) => {
    const name = FAULT === "guests are somebody" && !shown ? "guest" : whose(shown);
    const told = FAULT === "everybody is the same" && name ? "somebody" : name;
    return name ? [200, { username: told }] : [401, { detail: "Not authenticated" }];
  },
  "POST /logout": (_, shown) => {
    if (FAULT !== "signing out ends nothing") ended.add(shown?.replace(/^Token /, ""));
    return [204];
  },
  "DELETE /users/me": (_, shown) => [members.delete(whose(shown) ?? "") ? 204 : 401],
};

const port = await freePort();
const server = createServer(async (asked, answer) => {
  const route = routes[`${asked.method} ${asked.url}`];
  const [status, body] = route ? route(await text(asked), asked.headers.authorization) : [404, { detail: "Not Found" }];
  answer.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  answer.end(body && JSON.stringify(body));
});
server.listen(port, "127.0.0.1", () => ready(`http://127.0.0.1:${port}`));
