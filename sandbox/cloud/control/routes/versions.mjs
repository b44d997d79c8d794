/** Versions and deployments of a script. */

import { Hono } from 'hono';

import { envelope, errors } from '../errors.mjs';
import { definedStrings, readUpload } from '../upload.mjs';
import { deploymentView, versionView } from '../views.mjs';
import { deployable } from '../rules.mjs';

/** @param {import('../../types.d.ts').CloudConfig} config @param {import('../workers.mjs').Workers} workers */
export function versionRoutes(config, workers) {
  return new Hono()
    .post('/scripts/:name/versions', async (c) => {
      const upload = await readUpload(await c.req.raw.formData(), { versioned: true });
      const version = await workers.upload(c.req.param('name'), upload, { deploy: false });
      return c.json(envelope(versionView(version, config)));
    })
    .get('/scripts/:name/versions', (c) => {
      const all = deployable(workers.script(c.req.param('name')));
      const size = Number(c.req.query('per_page') ?? (c.req.query('deployable') === 'true' ? all.length : 10));
      const page = Number(c.req.query('page') ?? 1);
      const items = all.slice((page - 1) * size, page * size).map((version) => versionView(version, config));
      return c.json(
        envelope(
          { items },
          { page, per_page: size, count: items.length, total_count: all.length, total_pages: Math.ceil(all.length / Math.max(1, size)) },
        ),
      );
    })
    .get('/scripts/:name/versions/:id', (c) =>
      c.json(envelope(versionView(workers.version(c.req.param('name'), c.req.param('id')), config))),
    )
    .patch('/workers/:name/versions/latest', async (c) => {
      const { env = {}, annotations } = await c.req.json();
      /** @type {import('../workers.mjs').SecretChanges} */
      const changes = {};
      for (const [name, binding] of Object.entries(env)) {
        if (binding !== null && binding.type !== 'secret_text')
          throw errors.refused(`The sandbox changes only secrets of the latest version, not ${name} of type ${binding.type}.`);
        changes[name] = binding === null ? null : String(binding.text);
      }
      const version = await workers.changeSecrets(c.req.param('name'), changes, {
        deploy: false,
        annotations: definedStrings(annotations),
      });
      return c.json(envelope(versionView(version, config)));
    })
    .get('/scripts/:name/deployments', (c) => {
      const { deployments } = workers.script(c.req.param('name'));
      return c.json(envelope({ deployments: deployments.map((deployment) => deploymentView(deployment, config)) }));
    })
    .post('/scripts/:name/deployments', async (c) => {
      const { versions, strategy, annotations } = await c.req.json();
      if (strategy !== 'percentage' || !Array.isArray(versions))
        throw errors.percentages('A deployment needs the strategy "percentage" and a list of versions.');
      const force = c.req.query('force') === 'true';
      const deployment = await workers.deploy(c.req.param('name'), versions, definedStrings(annotations), { force });
      return c.json(envelope(deploymentView(deployment, config)));
    });
}
