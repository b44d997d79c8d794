/**
 * Members with a bearer token, whose files never pass through the app: it signs an address at its store (another port), is told when the
 * upload is done, and signs another address for reading.
 */
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

import { FAULT, ready } from "../kit.mjs";

/** @typedef {{ key: string, name: string, type: string, owner: string, done: boolean }} Kept */

const key = randomBytes(32);
/** @type {Map<string, { data: Buffer, type: string }>} */
const objects = new Map();
/** @type {Map<string, string>} */
const passwords = new Map();
/** @type {Map<string, string>} */
const tokens = new Map();
/** @type {Map<string, Kept>} */
const files = new Map();

/** @param {import("node:http").IncomingMessage} request */
async function body(request) {
  /** @type {Buffer[]} */
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/** @param {import("node:http").ServerResponse} answer @param {number} status @param {unknown} [value] */
function json(answer, status, value) {
  answer.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  answer.end(value === undefined ? "" : JSON.stringify(value));
}

// --- the store ---

/** @param {string} method @param {string} path @param {string} type @param {string} until */
function signature(method, path, type, until) {
  const signed = [
    FAULT === "ticket for any method" ? "" : method,
    FAULT === "ticket for any key" ? "" : path,
    FAULT === "ticket for any type" ? "" : type,
    until,
  ];
  return createHmac("sha256", key).update(signed.join("\n")).digest("hex");
}

/** @param {string} given @param {string} right */
function same(given, right) {
  if (FAULT === "any signature") return given.length === right.length;
  return given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));
}

const store = createServer(async (request, answer) => {
  const url = new URL(request.url ?? "/", "http://store");
  const data = await body(request);
  const method = request.method ?? "GET";
  const type = method === "PUT" ? String(request.headers["content-type"] ?? "") : "";
  const until = url.searchParams.get("until") ?? "";
  const signed = url.searchParams.get("signature") ?? "";
  const open = method === "GET" && FAULT === "store is open";
  const usual = same(signed, signature(method, url.pathname, type, until));
  const lax = FAULT === "ticket for any method" && same(signed, signature(method, url.pathname, String(request.headers["content-type"] ?? ""), until));
  if (!open && (!(usual || lax) || Number(until) < Date.now())) return json(answer, 403, { code: "SignatureDoesNotMatch" });
  if (method === "PUT") {
    objects.set(url.pathname, { data, type });
    answer.writeHead(200, { etag: `"${data.length}"` });
    return answer.end();
  }
  const object = objects.get(url.pathname);
  if (!object) return json(answer, 404, { code: "NoSuchKey" });
  if (method === "DELETE") {
    objects.delete(url.pathname);
    return json(answer, 204);
  }
  answer.writeHead(200, { "content-type": object.type });
  answer.end(object.data);
});
await new Promise((resolve) => store.listen(0, "127.0.0.1", () => resolve(undefined)));
const there = store.address();
const stored = `http://127.0.0.1:${typeof there === "object" && there ? there.port : 0}`;

/** @param {string} method @param {string} objectKey @param {string} type */
function address(method, objectKey, type = "") {
  const path = `/bucket/${objectKey}`;
  const until = String(Date.now() + 300_000);
  return `${stored}${path}?until=${until}&signature=${signature(method, path, type, until)}`;
}

// --- the app ---

/** @param {import("node:http").IncomingMessage} request */
function who(request) {
  return tokens.get((request.headers.authorization ?? "").replace(/^Bearer /, ""));
}

const app = createServer(async (request, answer) => {
  const path = new URL(request.url ?? "/", "http://app").pathname;
  const data = await body(request);
  /** @type {any} */
  let said = {};
  try {
    said = data.length ? JSON.parse(data.toString()) : {};
  } catch {
    return json(answer, 400, { message: "that is no JSON" });
  }
  const route = `${request.method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, ":id")}`;
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(path)?.[0] ?? "";
  if (route === "GET /health") return json(answer, 200, { status: "healthy" });
  if (route === "POST /signup") {
    if (passwords.has(said.email)) return json(answer, 409, { message: "taken" });
    passwords.set(said.email, said.password);
    return json(answer, 201, {});
  }
  if (route === "POST /login") {
    if (!said.email || passwords.get(said.email) !== said.password) return json(answer, 401, { message: "wrong" });
    const token = randomBytes(24).toString("base64url");
    tokens.set(token, said.email);
    return json(answer, 200, { token });
  }
  const member = who(request);
  if (!member) return json(answer, 401, { message: "sign in" });
  const file = files.get(id);
  const mine = file?.owner === member;
  switch (route) {
    case "GET /me":
      return json(answer, 200, { email: member });
    case "DELETE /me":
      passwords.delete(member);
      for (const [token, of] of tokens) if (of === member) tokens.delete(token);
      return json(answer, 204);
    case "POST /api/uploads": {
      const made = randomUUID();
      const objectKey = `${createHmac("sha256", key).update(member).digest("hex").slice(0, 12)}/${made}`;
      files.set(made, { key: objectKey, name: said.fileName, type: said.mimeType, owner: member, done: false });
      const uploadUrl = address("PUT", objectKey, said.mimeType);
      return json(answer, 201, { data: { fileId: made, objectKey, uploadUrl, uploadHeaders: { "Content-Type": said.mimeType } } });
    }
    case "POST /api/uploads/:id/complete": {
      if (file && FAULT === "confirm makes it yours") file.owner = member;
      if (!file || file.owner !== member) return json(answer, 404, { message: "no such upload" });
      if (FAULT === "confirm takes any key") file.key = said.objectKey;
      if (file.key !== said.objectKey) return json(answer, 403, { message: "not your upload" });
      if (!objects.has(`/bucket/${file.key}`) && FAULT !== "confirms what is not there") return json(answer, 409, { message: "not uploaded" });
      file.done = true;
      return json(answer, 200, { data: { fileId: id } });
    }
    case "GET /api/files": {
      const shown = [...files].filter(([, each]) => each.done && (each.owner === member || FAULT === "list of all members"));
      const items = shown.map(([uuid, each]) => ({ uuid, fileName: each.name, bytes: objects.get(`/bucket/${each.key}`)?.data.length ?? 0 }));
      return json(answer, 200, { data: { items, total: items.length } });
    }
    case "GET /api/files/:id/link":
      if (!file?.done || !(mine || FAULT === "link for anybody")) return json(answer, 404, { message: "no such file" });
      return json(answer, 200, { data: { url: address("GET", file.key) } });
    case "DELETE /api/files/:id":
      if (!file || !mine) return json(answer, 404, { message: "no such file" });
      if (FAULT !== "deletes nothing") files.delete(id);
      return json(answer, 200, { deleted: true });
    default:
      return json(answer, 404, { message: "no such page" });
  }
});
app.listen(0, "127.0.0.1", () => {
  const here = app.address();
  ready(`http://127.0.0.1:${typeof here === "object" && here ? here.port : 0}`);
});
