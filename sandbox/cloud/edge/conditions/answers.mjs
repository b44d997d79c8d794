/** What the services in front of a deployment have in common when they answer instead of it. */

/** @typedef {import('../exchange.mjs').Exchange} Exchange */

/**
 * Answers with a page (or a bare text) of somebody else's. The request's body is read and dropped, so that a client which is still
 * sending gets the answer and not a broken connection.
 *
 * @param {Exchange} exchange
 * @param {number} status
 * @param {string} body
 * @param {Record<string, string | string[]>} [headers]
 */
export function answer(exchange, status, body, headers = {}) {
  exchange.request.resume();
  exchange.response.writeHead(status, {
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store, max-age=0',
    ...headers,
  });
  exchange.response.end(exchange.request.method === 'HEAD' ? undefined : body);
}

/** @param {string} title @param {string} text @param {string} [head] */
export function page(title, text, head = '') {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;
}

/** A cookie of the request. @param {Exchange} exchange @param {string} name @returns {string | undefined} */
export function cookie(exchange, name) {
  for (const part of (exchange.header('cookie') ?? '').split(';')) {
    const [key = '', ...value] = part.split('=');
    if (key.trim() === name) return value.join('=').trim();
  }
  return undefined;
}

/** Adds a cookie to the answer that the deployment will give. @param {Exchange} exchange @param {string} cookie a `Set-Cookie` value */
export function alsoSet({ response }, cookie) {
  const { writeHead } = response;
  Object.assign(response, {
    /** @param {number} status @param {...any} rest */
    writeHead(status, ...rest) {
      if (Array.isArray(rest.at(-1))) rest.splice(-1, 1, [...rest.at(-1), 'Set-Cookie', cookie]);
      return writeHead.call(response, status, .../** @type {[any]} */ (rest));
    },
  });
}

/** Whether somebody looks at a page (and no program asks an interface). @param {Exchange} exchange */
export function wantsPage(exchange) {
  return (exchange.header('accept') ?? '').includes('text/html');
}
