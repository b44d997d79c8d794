/** The fixture Worker: each path shows one thing that the sandbox promises. */
export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case '/version':
        return new Response(env.CF_VERSION_METADATA.id);
      case '/echo':
        return Response.json({
          url: request.url,
          method: request.method,
          headers: Object.fromEntries(request.headers),
          cf: request.cf,
          version: env.CF_VERSION_METADATA,
          greeting: env.GREETING,
          settings: env.SETTINGS,
          secret: env.SECRET ?? null,
          other: env.OTHER ?? null,
        });
      case '/upload': {
        const body = await request.arrayBuffer();
        return Response.json({ bytes: body.byteLength, length: request.headers.get('content-length') });
      }
      case '/mirror':
        return new Response(request.body, { headers: { 'content-type': 'application/octet-stream' } });
      case '/slow':
        await new Promise((resolve) => setTimeout(resolve, Number(url.searchParams.get('ms'))));
        return new Response(env.CF_VERSION_METADATA.id);
      case '/throw':
        throw new Error('thrown by the Worker');
      case '/fetch': {
        const answer = await fetch(url.searchParams.get('url'), { method: request.method, body: request.body });
        return new Response(await answer.text(), { status: answer.status });
      }
      case '/later':
        context.waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => fetch(url.searchParams.get('url'))));
        return new Response('soon');
      case '/object': {
        const object = await env.FILES.get(url.searchParams.get('key'));
        return object === null
          ? new Response('absent', { status: 404 })
          : new Response(object.body, { headers: { 'content-type': object.httpMetadata?.contentType ?? '' } });
      }
      default:
        return new Response('no such path', { status: 404 });
    }
  },
};
