import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYS, OWNER, mail, mailService } from './testing.mjs';

/** @param {import('./testing.mjs').Answer} answer @param {number} status @param {string} name */
function refusedWith(answer, status, name) {
  assert.deepEqual({ status: answer.status, statusCode: answer.body.statusCode, name: answer.body.name }, { status, statusCode: status, name });
  assert.equal(typeof answer.body.message, 'string');
  assert.deepEqual(Object.keys(answer.body).sort(), ['message', 'name', 'statusCode']);
}

/** @type {[string, Record<string, unknown>, number, string, RegExp][]} what, changes to a good mail, status, name, message */
const REFUSED_MAILS = [
  ['no sender', { from: undefined }, 422, 'missing_required_field', /`from`/],
  ['no recipient', { to: undefined }, 422, 'missing_required_field', /`to`/],
  ['an empty list of recipients', { to: [] }, 422, 'missing_required_field', /`to`/],
  ['no subject', { subject: undefined }, 422, 'missing_required_field', /`subject`/],
  ['an empty subject', { subject: '' }, 422, 'missing_required_field', /`subject`/],
  ['neither html nor text', { html: undefined }, 422, 'validation_error', /`html` or `text`/],
  ['a subject of two lines', { subject: 'a\nBcc: b@acme.test' }, 422, 'validation_error', /`subject`/],
  ['html that is no string', { html: 7 }, 422, 'validation_error', /`html`/],
  ['a malformed sender', { from: 'hello at acme' }, 422, 'validation_error', /`from`.*format/],
  ['a malformed recipient', { to: ['delivered@resend.dev', 'nobody'] }, 422, 'validation_error', /`to`.*format/],
  ['a recipient that is no string', { to: [7] }, 422, 'validation_error', /`to`/],
  ['a malformed reply address', { reply_to: 'nobody' }, 422, 'validation_error', /`reply_to`/],
  ['a recipient at example.com', { to: 'ada@example.com' }, 422, 'validation_error', /`to`.*testing email/],
  ['a recipient at test.com', { to: ['delivered@resend.dev', 'Ada <ada@test.com>'] }, 422, 'validation_error', /`to`.*testing email/],
  ['a copy to example.com', { cc: 'ada@example.com' }, 422, 'validation_error', /`cc`/],
  ['a blind copy to example.com', { bcc: ['ada@example.com'] }, 422, 'validation_error', /`bcc`/],
  ['51 recipients', { to: Array.from({ length: 51 }, (_, index) => `delivered+${index}@resend.dev`) }, 422, 'validation_error', /50/],
  ['an unverified domain', { from: 'hello@acme.test' }, 403, 'validation_error', /acme\.test domain is not verified/],
  ['a subdomain of a verified domain', { from: 'hello@x.mail.acme.test' }, 403, 'validation_error', /x\.mail\.acme\.test domain is not verified/],
  ['the shared sender to a stranger', { from: 'onboarding@resend.dev', to: 'ada@acme.test' }, 403, 'validation_error', /only send testing emails to your own/],
  ['the shared sender with a copy to a stranger', { from: 'onboarding@resend.dev', to: OWNER, cc: 'ada@acme.test' }, 403, 'validation_error', /own email address/],
  ['a tag with a space', { tags: [{ name: 'kind of', value: 'x' }] }, 422, 'validation_error', /Tags/],
  ['an attachment without content', { attachments: [{ filename: 'a.pdf' }] }, 422, 'invalid_attachment', /content/],
  ['a template', { template: { id: 'welcome' } }, 404, 'not_found', /Template/],
];

for (const [what, changes, status, name, message] of REFUSED_MAILS) {
  test(`${what} is refused and nothing is kept`, async (t) => {
    const service = mailService(t);
    const answer = await service.send(changes);
    refusedWith(answer, status, name);
    assert.match(answer.body.message, message);
    assert.deepEqual((await service.call('GET', '/emails')).body.data, []);
  });
}

test('the shared sender reaches the owner and the test addresses', async (t) => {
  const service = mailService(t);
  for (const to of [OWNER, OWNER.toUpperCase(), 'delivered+x@resend.dev']) {
    assert.equal((await service.send({ from: 'Acme <onboarding@resend.dev>', to })).status, 200);
  }
});

test('keys: none, wrong, sending only, full', async (t) => {
  const service = mailService(t);
  refusedWith(await service.send({}, { key: null }), 401, 'missing_api_key');
  refusedWith(await service.send({}, { key: null, headers: { authorization: 'Basic abc' } }), 401, 'missing_api_key');
  refusedWith(await service.send({}, { key: 're_wrong' }), 403, 'invalid_api_key');
  refusedWith(await service.send({}, { key: `${KEYS.full}x` }), 403, 'invalid_api_key');
  const { id } = (await service.send({}, { key: KEYS.sending })).body;
  assert.equal((await service.call('POST', '/emails/batch', { key: KEYS.sending, body: [mail()] })).status, 200);
  for (const [method, path] of [['GET', '/emails'], ['GET', `/emails/${id}`], ['GET', '/domains'], ['PATCH', `/emails/${id}`], ['POST', `/emails/${id}/cancel`]]) {
    refusedWith(await service.call(String(method), String(path), { key: KEYS.sending }), 401, 'restricted_api_key');
  }
});

test('a body that is not JSON, or no object, is refused', async (t) => {
  const service = mailService(t);
  refusedWith(await service.call('POST', '/emails', { raw: '{"from":' }), 400, 'validation_error');
  refusedWith(await service.call('POST', '/emails', { raw: '' }), 400, 'validation_error');
  for (const body of [[], null, 'mail', 7]) refusedWith(await service.call('POST', '/emails', { body }), 422, 'validation_error');
});

test('a body above 40 MB is refused', async (t) => {
  const service = mailService(t);
  refusedWith(await service.send({ html: 'x'.repeat(40 * 1024 * 1024) }, { headers: { 'content-length': String(41 * 1024 * 1024) } }), 413, 'validation_error');
});

test('unknown ids, paths and methods', async (t) => {
  const service = mailService(t);
  refusedWith(await service.call('GET', '/emails/7'), 422, 'invalid_parameter');
  refusedWith(await service.call('GET', '/emails/00000000-0000-4000-8000-000000000000'), 404, 'not_found');
  refusedWith(await service.call('POST', '/emails/00000000-0000-4000-8000-000000000000/cancel'), 404, 'not_found');
  refusedWith(await service.call('GET', '/contacts'), 404, 'not_found');
  refusedWith(await service.call('DELETE', '/emails'), 405, 'method_not_allowed');
  refusedWith(await service.call('GET', '/emails/batch'), 405, 'method_not_allowed');
});

test('an accepted mail is read back as it was sent', async (t) => {
  const service = mailService(t);
  const sent = { to: ['Ada <ada@acme.test>', 'bob@acme.test'], cc: 'c@acme.test', bcc: ['d@acme.test'], reply_to: 'help@acme.test', text: 'Hello ✓', tags: [{ name: 'kind', value: 'confirm' }] };
  const { id } = (await service.send(sent)).body;
  const { body } = await service.call('GET', `/emails/${id.toUpperCase()}`);
  assert.deepEqual(body, {
    object: 'email', id, message_id: `<${id}@mail.acme.test>`, from: 'Acme <hello@mail.acme.test>', to: sent.to, cc: ['c@acme.test'], bcc: ['d@acme.test'], reply_to: ['help@acme.test'],
    subject: 'Confirm your address', html: '<p>Hello</p>', text: 'Hello ✓', created_at: '2026-01-01T00:00:00.000000+00:00', last_event: 'queued', scheduled_at: null, tags: sent.tags,
  });
  const listed = (await service.call('GET', '/emails')).body.data[0];
  assert.equal(listed.created_at, '2026-01-01 00:00:00.000000+00');
  assert.equal('html' in listed || 'text' in listed, false);
});

test('pages go from the newest to the oldest and back', async (t) => {
  const service = mailService(t);
  /** @type {string[]} */
  const ids = [];
  for (let number = 0; number < 25; number += 1) ids.unshift((await service.send({ subject: `mail ${number}` })).body.id);
  const page = async (/** @type {string} */ query) => {
    const { status, body } = await service.call('GET', `/emails${query}`);
    assert.equal(status, 200);
    assert.equal(body.object, 'list');
    return { ids: body.data.map((/** @type {{ id: string }} */ one) => one.id), more: body.has_more };
  };
  assert.deepEqual(await page(''), { ids: ids.slice(0, 20), more: true });
  assert.deepEqual(await page(`?after=${ids[19]}`), { ids: ids.slice(20), more: false });
  assert.deepEqual(await page(`?limit=10&after=${ids[9]}`), { ids: ids.slice(10, 20), more: true });
  assert.deepEqual(await page(`?limit=10&before=${ids[20]}`), { ids: ids.slice(10, 20), more: true });
  assert.deepEqual(await page(`?limit=10&before=${ids[10]}`), { ids: ids.slice(0, 10), more: false });
  assert.deepEqual(await page('?limit=25'), { ids, more: false });
  for (const query of ['?limit=0', '?limit=101', '?limit=x', '?limit=1.5', `?after=${ids[1]}&before=${ids[0]}`, '?after=unknown']) {
    refusedWith(await service.call('GET', `/emails${query}`), 422, 'validation_error');
  }
});

test('a batch is sent whole or not at all, unless it is permissive', async (t) => {
  const service = mailService(t);
  const good = await service.call('POST', '/emails/batch', { body: [mail({ subject: 'one' }), mail({ subject: 'two', scheduled_at: 'in 1 hour' })] });
  assert.equal(good.body.data.length, 2);
  assert.equal((await service.call('GET', `/emails/${good.body.data[1].id}`)).body.scheduled_at, null);
  const mixed = [mail({ subject: undefined }), mail({ subject: 'three' }), mail({ to: 'a@example.com' })];
  refusedWith(await service.call('POST', '/emails/batch', { body: mixed }), 422, 'missing_required_field');
  assert.equal((await service.call('GET', '/emails')).body.data.length, 2);
  const permissive = await service.call('POST', '/emails/batch', { body: mixed, headers: { 'x-batch-validation': 'permissive' } });
  assert.equal(permissive.body.data.length, 1);
  assert.deepEqual(permissive.body.errors.map((/** @type {{ index: number }} */ error) => error.index), [0, 2]);
  for (const body of [[], {}, Array.from({ length: 101 }, () => mail())]) refusedWith(await service.call('POST', '/emails/batch', { body }), 422, 'validation_error');
});

test('an idempotency key sends once, whatever the order of the fields', async (t) => {
  const service = mailService(t);
  const headers = { 'idempotency-key': 'sign-up/1' };
  const first = await service.send({}, { headers });
  const again = await service.call('POST', '/emails', { body: Object.fromEntries(Object.entries(mail()).reverse()), headers });
  assert.deepEqual(again.body, first.body);
  assert.equal((await service.call('GET', '/emails')).body.data.length, 1);
  refusedWith(await service.send({ subject: 'Other' }, { headers }), 409, 'invalid_idempotent_request');
  const batch = await service.call('POST', '/emails/batch', { body: [mail()], headers });
  assert.equal(batch.status, 200, 'another endpoint has keys of its own');
  service.clock.advance(24 * 3_600_000);
  assert.notEqual((await service.send({}, { headers })).body.id, first.body.id, 'a key is forgotten after a day');
});

test('equal requests at the same time send once', async (t) => {
  const service = mailService(t);
  const answers = await Promise.all(Array.from({ length: 8 }, () => service.send({}, { headers: { 'idempotency-key': 'k' } })));
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  assert.equal((await service.call('GET', '/emails')).body.data.length, 1);
});

test('an idempotency key has 1 to 256 characters, and a refused mail does not use it up', async (t) => {
  const service = mailService(t);
  for (const key of ['', 'k'.repeat(257)]) refusedWith(await service.send({}, { headers: { 'idempotency-key': key } }), 400, 'invalid_idempotency_key');
  const headers = { 'idempotency-key': 'k'.repeat(256) };
  assert.equal((await service.send({ subject: '' }, { headers })).status, 422);
  assert.equal((await service.send({}, { headers })).status, 200);
});

test('domains are listed as verified', async (t) => {
  const service = mailService(t, { domains: ['mail.acme.test', 'news.acme.test'] });
  const { body } = await service.call('GET', '/domains');
  assert.deepEqual(body.data.map((/** @type {{ name: string, status: string }} */ { name, status }) => [name, status]), [['mail.acme.test', 'verified'], ['news.acme.test', 'verified']]);
});
