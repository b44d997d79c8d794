import { html } from 'hono/html';
import type { AppContext } from '../app.ts';

type Markup = ReturnType<typeof html>;

export interface Page {
  readonly title: string;
  readonly main: Markup;
  /** Links and buttons at the top; without it the ways in. */
  readonly top?: Markup;
  readonly status?: 200 | 404;
}

/** Sends a whole page. Pages differ from visitor to visitor, so no cache may keep them. */
export function render(c: AppContext, { title, main, top, status = 200 }: Page): Response | Promise<Response> {
  c.header('cache-control', 'private, no-store');
  return c.html(
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · FM5</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/app.css">
<script src="/assets/app.js" defer></script>
</head>
<body>
<header class="top">
<a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="28" height="28">FM5</a>
<nav>${top ?? WAYS_IN}</nav>
</header>
<main>${main}</main>
<footer>FM5 · Release ${c.env.RELEASE}</footer>
</body>
</html>
`,
    status,
  );
}

const WAYS_IN = html`<a href="/sign-in">Sign in</a><a class="button small" href="/sign-up">Create account</a>`;

/** Form that app.js sends as JSON. POST as its own method keeps what was typed out of the address should the script be missing. */
export function form(action: string, fields: Markup, button: string, next?: string, away = false): Markup {
  const after = away ? html` data-away` : next === undefined ? '' : html` data-next="${next}"`;
  return html`<form method="post" action="/api/auth/${action}"${after}>
${fields}
<button class="button wide">${button}</button>
<p class="status" role="status"></p>
</form>`;
}

export interface Field {
  readonly label: string;
  readonly name: string;
  readonly type: 'text' | 'email' | 'password';
  readonly autocomplete: string;
  readonly hint?: string;
}

export function field({ label, name, type, autocomplete, hint }: Field): Markup {
  const shortest = autocomplete === 'new-password' ? html` minlength="8" maxlength="128"` : '';
  const described = hint === undefined ? '' : html` aria-describedby="${name}-hint"`;
  const note = hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`;
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}"${shortest}${described} required>
${note}</div>`;
}

export const EMAIL: Field = { label: 'E-mail', name: 'email', type: 'email', autocomplete: 'email' };

/** Buttons that lead to the identity providers. */
export function providers(): Markup {
  return html`<div class="providers">${['GitHub', 'Google'].map((name) =>
    form('sign-in/social', html`${hidden('provider', name.toLowerCase())}${hidden('callbackURL', '/files')}`, `Continue with ${name}`, undefined, true),
  )}</div>`;
}

export function hidden(name: string, value: string): Markup {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

/** A card that app.js replaces by `done` once its form was accepted. */
export function card(content: Markup, done?: Markup): Markup {
  return html`<section class="card">
${content}
${done === undefined ? '' : html`<template>${done}</template>`}
</section>`;
}
