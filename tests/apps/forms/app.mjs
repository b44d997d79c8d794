/**
 * A better-auth 1.7 app on Hono with pages: further fields on the sign-up form, rules for passwords, an address first and a password on the
 * page that follows, a member who is called by name only, and a menu with the way out.
 */
import { betterAuth } from "better-auth-1-7";
import { memoryAdapter } from "better-auth-1-7/adapters/memory";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { randomBytes } from "node:crypto";

import { FAULT, freePort, ready } from "../kit.mjs";

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const auth = betterAuth({
  baseURL: origin,
  secret: randomBytes(32).toString("base64url"),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true },
  user: { deleteUser: { enabled: true } },
  rateLimit: { enabled: false },
});
const RULES = /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[!@#$%^&*])[A-Za-z0-9!@#$%^&*]{12,20}$/;

const SCRIPT = `
const say = text => { document.querySelector('[role=alert]').textContent = text };
const post = (path, body) => fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
document.querySelector('form.up')?.addEventListener('submit', async event => {
  event.preventDefault();
  const sent = Object.fromEntries(new FormData(event.target));
  if (sent.password !== sent.again) return say('The two passwords are different.');
  const answer = await post('/join', sent);
  if (!answer.ok) return say((await answer.json()).message);
  location.href = '/start';
});
document.querySelector('form.in')?.addEventListener('submit', async event => {
  event.preventDefault();
  const second = document.querySelector('#second');
  if (second.hidden) { second.hidden = false; second.querySelector('input').disabled = false; return; }
  const answer = await post('/api/auth/sign-in/email', Object.fromEntries(new FormData(event.target)));
  if (!answer.ok) return say('Wrong address or password.');
  history.pushState({}, '', '/start');
  document.querySelector('main').innerHTML = await (await fetch('/start')).text().then(text => text.match(/<main>([^]*)<\\/main>/)[1]);
  menu();
});
const menu = () => document.querySelector('#me')?.addEventListener('click', () => { document.querySelector('#menu').hidden = false });
menu();
document.addEventListener('click', async event => {
  if (event.target.id !== 'out') return;
  event.preventDefault();
  await post('/api/auth/sign-out', {});
  location.href = '/';
});
`;

/** @param {string} title @param {unknown} main */
const page = (title, main) => html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>body { font: 18px sans-serif; color: #111; background: #fff } label, button, a { display: block; margin: 12px 0 }
input, select, button { font-size: 18px; padding: 8px }</style></head>
<body><main>${main}</main><p role="alert"></p><script src="/app.js"></script></body></html>`;

const app = new Hono();
app.use(async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
});
app.get("/health", (c) => c.json({ status: "healthy" }));
app.on(["GET", "POST"], "/api/auth/*", (c) => auth.handler(c.req.raw));
app.get("/app.js", (c) => c.body(SCRIPT, 200, { "content-type": "text/javascript" }));
app.get("/", (c) => c.html(page("Acme", html`<h1>Acme</h1><a href="/join">Join</a><a href="/enter">Enter</a>`)));
app.get("/join", (c) => c.html(page("Join", html`<h1>Join</h1><form class="up">
<label>Full name <input name="name" autocomplete="name" required></label>
<label>Work email <input name="email" type="email" required></label>
<label>Company <input name="company" required></label>
<label>Country <select name="country"><option value="">Choose one</option><option value="at">Austria</option></select></label>
<label>Password * <input name="password" type="password" autocomplete="new-password" required></label>
<label>Repeat password <input name="again" type="password" required></label>
<label><input name="terms" type="checkbox" required> I accept the terms</label>
<button>Get started</button></form>`)));
app.post("/join", async (c) => {
  const told = await c.req.json();
  const rules = FAULT === "strange rules" ? /^[a-z]{4,6}$/ : RULES;
  if (!rules.test(told.password)) return c.json({ message: "Your password is not one of those that we take." }, 422);
  if (told.terms !== "on" || !told.company || told.country !== "at") return c.json({ message: "Something is missing." }, 400);
  const path = FAULT === "lost route" ? "/sign-up/mail" : "/sign-up/email";
  return auth.handler(new Request(`${origin}/api/auth${path}`, {
    method: "POST", headers: { "content-type": "application/json", origin }, body: JSON.stringify(told),
  }));
});
app.get("/enter", (c) => c.html(page("Enter", html`<h1>Enter</h1><form class="in">
<label>Email <input name="email" type="email" autocomplete="username" required></label>
<div id="second" hidden><label>Password <input name="password" type="password" disabled required></label></div>
<button>Continue</button></form>`)));
app.get("/start", async (c) => {
  const session = await auth.api.getSession({ headers: c.req.raw.headers });
  if (!session) return c.redirect("/enter");
  const named = FAULT === "nameless" ? "friend" : session.user.name;
  return c.html(page("Start", html`<h1>Good day, ${named}</h1><button id="me">Account</button>
<div id="menu" hidden><a id="out" href="/leave">Log out</a></div>${raw("")}`));
});
serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => ready(origin));
