const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
  'base-uri': "'none'",
};

/** Headers that every response of this Worker carries. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // The reset page has its token in the address: no other site may learn it.
  'Referrer-Policy': 'same-origin',
  'Content-Security-Policy': Object.entries(POLICY)
    .map((directive) => directive.join(' '))
    .join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

/** The same response with security headers and the id of the version that made it. */
export function seal(response: Response, versionId: string): Response {
  const sealed = new Response(response.body, response);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) sealed.headers.set(name, value);
  sealed.headers.set('x-version-id', versionId);
  return sealed;
}
