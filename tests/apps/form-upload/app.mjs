/** Members of a better-auth 1.7 app post files as a form, and find them by their numbers: no presigned uploads, no HEAD, no ranges. */
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { toNodeHandler } from "better-auth-1-7/node";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { FAULT, freePort, ready } from "../kit.mjs";

const LARGEST_PIECE = 64 * 1024;
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  user: { deleteUser: { enabled: true } },
});
const signedIn = toNodeHandler(auth);
/** @type {Map<number, { owner: string, title: string, type: string, data: Buffer }>} */
const files = new Map();
let last = 0;

/** @param {import("node:http").ServerResponse} answer @param {number} status @param {unknown} value */
function json(answer, status, value) {
  answer.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  answer.end(JSON.stringify(value));
}

/** @param {import("node:http").IncomingMessage} request @returns {Promise<FormData>} */
async function form(request) {
  /** @type {Buffer[]} */
  const parts = [];
  for await (const part of request) parts.push(part);
  return new Response(Buffer.concat(parts), { headers: { "content-type": request.headers["content-type"] ?? "" } }).formData();
}

createServer(async (request, answer) => {
  const url = new URL(request.url ?? "/", origin);
  if (url.pathname.startsWith("/api/auth/")) return signedIn(request, answer);
  if (url.pathname === "/health") return json(answer, 200, { status: "healthy" });
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const session = await auth.api.getSession({ headers });
  // Whoever is not signed in is sent to the page for that, as middleware of single-page apps does.
  const visitor = !session && FAULT === "visitors read" && url.pathname.endsWith("/content");
  if (!session && !visitor) return answer.writeHead(307, { location: "/login" }).end();
  const member = session?.user.id ?? "";
  const id = Number(/^\/api\/documents\/(\d+)/.exec(url.pathname)?.[1] ?? 0);
  const file = files.get(id);
  const mine = file?.owner === member;
  const route = `${request.method} ${url.pathname.replace(/\/\d+/, "/:id")}`;
  switch (route) {
    case "POST /api/documents": {
      const sent = await form(request).catch(() => null);
      const document = sent?.get("document");
      if (!(document instanceof File) || sent?.get("folder") !== "inbox") return json(answer, 422, { message: "a document and its folder" });
      const whole = Buffer.from(await document.arrayBuffer());
      const data = FAULT === "cut at 64 KiB" ? whole.subarray(0, LARGEST_PIECE) : whole;
      last += 1;
      files.set(last, { owner: member, title: document.name, type: document.type, data });
      return json(answer, 200, { document: { id: last } });
    }
    case "GET /api/documents": {
      const shown = [...files].filter(([, each]) => each.owner === member || FAULT === "list of all members");
      return json(
        answer,
        200,
        shown.map(([number, each]) => ({ id: number, title: each.title, length: each.data.length })),
      );
    }
    case "GET /api/documents/:id/content":
      if (!file || !(mine || visitor || FAULT === "anybody reads")) return json(answer, 403, { message: "not yours" });
      answer.writeHead(200, { "content-type": FAULT === "types are lost" ? "application/octet-stream" : file.type, "cache-control": "no-store" });
      return answer.end(file.data);
    case "POST /api/documents/:id/remove":
      // It says the same whether there was something to remove or not.
      if (mine || FAULT === "anybody deletes") files.delete(id);
      return json(answer, 200, { removed: true });
    default:
      return json(answer, 404, { message: "no such page" });
  }
}).listen(port, "127.0.0.1", () => ready(origin));
