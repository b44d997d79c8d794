/** What conditions of the mail service have in common: they are told to the service itself. */

/**
 * @param {import('../../types.d.ts').CloudConfig} config
 * @param {string} what
 * @param {Record<string, unknown>} body
 * @throws {Error} when there is no mail service, or it refuses
 */
export async function tellMail(config, what, body) {
  const base = config.outbound['api.resend.com'];
  if (base === undefined) throw new Error('no mail service is configured');
  const headers = { authorization: `Bearer ${config.token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${base}/sandbox/${what}`, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the mail service refuses: ${answer.status} ${await answer.text()}`);
}
