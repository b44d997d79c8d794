/**
 * The errors of Cloudflare's API that wrangler acts on.
 *
 * Codes marked "guess" are not documented; no check may depend on them.
 */

/** An answer of the control plane that is not a success. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status
   * @param {number} code Cloudflare's error code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const errors = {
  authentication: () => new ApiError(403, 10000, 'Authentication error'),
  /** @param {string} name */
  noWorker: (name) => new ApiError(404, 10007, `This Worker does not exist on your account: ${name}.`),
  /** @param {string} name */
  noService: (name) => new ApiError(404, 10090, `This service does not exist on your account: ${name}.`),
  /** @param {string} name */
  noBucket: (name) => new ApiError(404, 10006, `The specified bucket does not exist: ${name}.`),
  /** @param {string} key */
  noObject: (key) => new ApiError(404, 10007, `The specified key does not exist: ${key}.`),
  /** @param {string} name guess */
  bucketExists: (name) => new ApiError(409, 10004, `The bucket you tried to create already exists, and you own it: ${name}.`),
  /** @param {string} why */
  refused: (why) => new ApiError(400, 10021, why),
  /** https://github.com/cloudflare/cloudflare-docs/issues/32982 */
  migrationInVersion: () =>
    new ApiError(
      400,
      10211,
      'Version upload failed. It includes a Durable Object migration, and migrations must be fully applied via a non-versioned deployment.',
    ),
  /** @param {string} name */
  notInherited: (name) =>
    new ApiError(400, 10057, `The binding "${name}" is to be inherited, but the previous version has none of that name.`),
  /** @param {string} name */
  notDeployed: (name) =>
    new ApiError(400, 10215, `The latest version of the Worker ${name} is not the one deployed at 100 %; deploy it first.`),
  /** @param {string[]} names wrangler reads the list behind the colon */
  secretsChanged: (names) => new ApiError(400, 10220, `The following secrets have changed: ${names.join(', ')}`),
  /** @param {string} name */
  noVersions: (name) => new ApiError(404, 10222, `The Worker ${name} has no versions.`),
  /** @param {string} why guess */
  percentages: (why) => new ApiError(400, 10070, why),
  /** @param {string} id guess */
  noVersion: (id) => new ApiError(404, 10221, `The version ${id} does not exist.`),
  /** @param {string} id guess */
  tooOld: (id) => new ApiError(400, 10223, `The version ${id} is not among the 100 most recent ones and cannot be deployed.`),
  /** @param {string} method @param {string} path */
  noRoute: (method, path) => new ApiError(404, 7003, `The sandbox's control plane has no route for ${method} ${path}.`),
};

/**
 * @param {unknown} result
 * @param {Record<string, unknown>} [info] `result_info`
 */
export function envelope(result, info) {
  return { success: true, errors: [], messages: [], result, ...(info === undefined ? {} : { result_info: info }) };
}

/** @param {ApiError} error */
export function failure(error) {
  return { success: false, errors: [{ code: error.code, message: error.message }], messages: [], result: null };
}
