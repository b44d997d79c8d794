/** Every kind of condition, by name; one file each. */

import * as access_wall from './access_wall.mjs';
import * as cached from './cached.mjs';
import * as captive from './captive.mjs';
import * as challenge from './challenge.mjs';
import * as latency from './latency.mjs';
import * as mail_delay from './mail_delay.mjs';
import * as mail_outcome from './mail_outcome.mjs';
import * as mixed_versions from './mixed_versions.mjs';
import * as outdated from './outdated.mjs';
import * as parked from './parked.mjs';
import * as public_bucket from './public_bucket.mjs';
import * as reset from './reset.mjs';
import * as sso_page from './sso_page.mjs';
import * as sso_wall from './sso_wall.mjs';
import * as throttle from './throttle.mjs';
import * as tls from './tls.mjs';

/**
 * `everywhere`: without `hosts` it concerns every host of the edge, third parties too; otherwise the Workers' hosts.
 *
 * @typedef {object} Kind
 * @property {Record<string, import('./fields.mjs').Field>} fields
 * @property {boolean} [everywhere]
 * @property {(options: any, parts: import('./conditions.mjs').Parts) => import('../exchange.mjs').Handler} [handler]
 * @property {(options: any, parts: import('./conditions.mjs').Parts) => Promise<() => Promise<void>>} [start] for what lies behind the edge
 */

/** @type {Record<string, Kind>} */
export const kinds = {
  access_wall,
  cached,
  captive,
  challenge,
  latency,
  mail_delay,
  mail_outcome,
  mixed_versions,
  outdated,
  parked,
  public_bucket,
  reset,
  sso_page,
  sso_wall,
  throttle,
  tls,
};
