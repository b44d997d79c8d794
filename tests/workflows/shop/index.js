/** The shop: it says that it is well, which release it is, and which version answers. Plays over it are about the workflows. */
export default {
  fetch(request, env) {
    const headers = { 'cache-control': 'no-store', 'x-version-id': env.CF_VERSION_METADATA.id };
    const { pathname } = new URL(request.url);
    if (pathname === '/health') return Response.json({ status: 'healthy', release: env.RELEASE }, { headers });
    return new Response('Not found\n', { status: 404, headers });
  },
};
