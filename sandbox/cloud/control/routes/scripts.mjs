/** Scripts: first upload, settings, secrets, default hosts, custom domains. */

import { Hono } from 'hono';

import { envelope, errors } from '../errors.mjs';
import { readUpload } from '../upload.mjs';
import { serviceView, settingsView, subdomainView } from '../views.mjs';
import { etag } from '../records.mjs';

/** @typedef {import('../../types.d.ts').ScriptRecord} ScriptRecord */

/** @param {import('../../types.d.ts').CloudConfig} config @param {import('../workers.mjs').Workers} workers */
export function scriptRoutes(config, workers) {
  /** @param {string} name @param {(script: ScriptRecord) => Partial<ScriptRecord>} change */
  const amend = (name, change) =>
    workers.inTurn(name, async () => {
      const before = workers.script(name);
      const script = { ...before, ...change(before) };
      await workers.store.saveScript(script);
      return script;
    });
  return new Hono()
    .get('/services/:name', (c) => {
      const script = workers.store.scripts.get(c.req.param('name'));
      if (script === undefined) throw errors.noService(c.req.param('name'));
      return c.json(envelope(serviceView(script)));
    })
    .put('/scripts/:name', async (c) => {
      const version = await workers.upload(c.req.param('name'), await readUpload(await c.req.raw.formData()), { deploy: true });
      // wrangler reads a version id without hyphens here.
      return c.json(
        envelope({
          id: c.req.param('name'),
          etag: etag(version),
          deployment_id: version.id.replaceAll('-', ''),
          startup_time_ms: version.startup_time_ms,
        }),
      );
    })
    .get('/scripts', (c) =>
      c.json(
        envelope(
          [...workers.store.scripts.values()].map(({ name, created_on, tag }) => ({ id: name, tag, created_on, modified_on: created_on })),
        ),
      ),
    )
    .get('/scripts/:name/settings', (c) => c.json(envelope(settingsView(workers.script(c.req.param('name'))))))
    .patch('/scripts/:name/script-settings', async (c) => {
      const { tags, ...settings } = await c.req.json();
      const script = await amend(c.req.param('name'), (before) => ({
        settings: { ...before.settings, ...settings },
        ...(Array.isArray(tags) ? { tags } : {}),
      }));
      return c.json(envelope({ ...script.settings, tags: script.tags }));
    })
    .put('/scripts/:name/schedules', async (c) => {
      /** @type {{cron: string}[]} */
      const schedules = await c.req.json();
      await amend(c.req.param('name'), () => ({ schedules: schedules.map(({ cron }) => cron) }));
      return c.json(envelope({ schedules }));
    })
    .get('/scripts/:name/schedules', (c) =>
      c.json(envelope({ schedules: workers.script(c.req.param('name')).schedules.map((cron) => ({ cron })) })),
    )
    .get('/workers/:name', (c) => {
      const script = workers.script(c.req.param('name'));
      return c.json(envelope({ id: script.tag, name: script.name, subdomain: subdomainView(script, config) }));
    })
    .get('/scripts/:name/subdomain', (c) => c.json(envelope(subdomainView(workers.script(c.req.param('name')), config))))
    .post('/scripts/:name/subdomain', async (c) => {
      const { enabled, previews_enabled } = await c.req.json();
      const script = await amend(c.req.param('name'), ({ subdomain: before }) => ({
        subdomain: { enabled: enabled ?? before.enabled, previews_enabled: previews_enabled ?? before.previews_enabled },
      }));
      return c.json(envelope(subdomainView(script, config)));
    })
    .get('/scripts/:name/secrets', (c) => {
      const latest = workers.script(c.req.param('name')).versions.at(-1);
      return c.json(
        envelope((latest?.bindings ?? []).filter(({ type }) => type === 'secret_text').map(({ name, type }) => ({ name, type }))),
      );
    })
    .put('/scripts/:name/secrets', async (c) => {
      const { name, text, type } = await c.req.json();
      if (type !== 'secret_text' || typeof name !== 'string' || typeof text !== 'string')
        throw errors.refused('A secret needs a name, a text and the type secret_text.');
      await workers.changeSecrets(c.req.param('name'), { [name]: text }, { deploy: true });
      return c.json(envelope({ name, type }));
    })
    .delete('/scripts/:name/secrets/:secret', async (c) => {
      const secret = c.req.param('secret');
      const latest = workers.script(c.req.param('name')).versions.at(-1);
      if (!latest?.bindings.some(({ name, type }) => name === secret && type === 'secret_text'))
        throw errors.refused(`The Worker has no secret ${secret}.`);
      await workers.changeSecrets(c.req.param('name'), { [secret]: null }, { deploy: true });
      return c.json(envelope(null));
    })
    .patch('/scripts/:name/secrets-bulk', async (c) => {
      /** @type {{secrets: Record<string, {text: string} | null>}} */
      const { secrets } = await c.req.json();
      const changes = Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret === null ? null : secret.text]));
      await workers.changeSecrets(c.req.param('name'), changes, { deploy: true });
      return c.json(
        envelope(
          Object.keys(changes)
            .filter((name) => changes[name] !== null)
            .map((name) => ({ name, type: 'secret_text' })),
        ),
      );
    })
    .post('/scripts/:name/domains/changeset', async (c) => {
      workers.script(c.req.param('name'));
      return c.json(envelope({ added: [], removed: [], updated: [], conflicting: [] }));
    })
    .put('/scripts/:name/domains/records', async (c) => {
      /** @type {{origins: {hostname: string}[]}} */
      const { origins } = await c.req.json();
      const name = c.req.param('name');
      const foreign = origins.map(({ hostname }) => hostname).filter((hostname) => config.hosts[hostname] !== name);
      if (foreign.length > 0)
        throw errors.refused(`The sandbox serves ${name} on the hosts of its own configuration; it cannot add ${foreign.join(', ')}.`);
      return c.json(envelope(origins));
    });
}
