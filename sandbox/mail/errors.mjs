/**
 * Refusals in the shape Resend answers them: `{"statusCode","message","name"}`.
 *
 * Names and statuses follow https://resend.com/docs/api-reference/errors; the order of the three fields follows answers
 * recorded from the real service (https://github.com/resend/resend-node, `src/contacts/__recordings__`).
 */

/** One refusal of the API; thrown anywhere below a route and answered by the error handler of the API. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} code the machine-readable `name` of the answer
   * @param {string} message the sentence the caller reads
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** @returns {{ statusCode: number, message: string, name: string }} the JSON body of the answer */
  body() {
    return { statusCode: this.status, message: this.message, name: this.code };
  }
}

export const missingApiKey = () => new ApiError(401, 'missing_api_key', 'Missing API key in the authorization header.');

export const restrictedApiKey = () => new ApiError(401, 'restricted_api_key', 'This API key is restricted to only send emails.');

/**
 * The documented answer to an unknown key. Field reports also show `401 validation_error` with the same sentence, so a
 * client should rely on the status class, not on the name.
 */
export const invalidApiKey = () => new ApiError(403, 'invalid_api_key', 'API key is invalid');

/** @param {string} domain the sender's domain, which the account has not verified */
export const unverifiedDomain = (domain) =>
  new ApiError(403, 'validation_error', `The ${domain} domain is not verified. Please, add and verify your domain on https://resend.com/domains`);

/** @param {string} owner the only address that the shared test sender may reach */
export const testSenderOnly = (owner) =>
  new ApiError(
    403,
    'validation_error',
    `You can only send testing emails to your own email address (${owner}). To send emails to other recipients, ` +
      'please verify a domain at resend.com/domains, and change the `from` address to an email using this domain.',
  );

/** @param {string} what the thing that is missing, as in "Email" */
export const notFound = (what) => new ApiError(404, 'not_found', `${what} not found`);

export const unknownEndpoint = () => new ApiError(404, 'not_found', 'The requested endpoint does not exist.');

export const methodNotAllowed = () => new ApiError(405, 'method_not_allowed', 'Method is not allowed for the requested path.');

export const badIdempotencyKey = () => new ApiError(400, 'invalid_idempotency_key', 'The key must be between 1-256 chars.');

export const changedIdempotentRequest = () =>
  new ApiError(409, 'invalid_idempotent_request', 'Same idempotency key used with a different request payload.');

/** @param {string} message what is wrong with the request as a whole (not JSON, too large a page ...) */
export const badRequest = (message) => new ApiError(400, 'validation_error', message);

/** @param {string} field */
export const missingField = (field) => new ApiError(422, 'missing_required_field', `Missing \`${field}\` field.`);

/** @param {string} message */
export const invalid = (message) => new ApiError(422, 'validation_error', message);

/** @param {string} field `to`, `cc` or `bcc` */
export const reservedRecipient = (field) =>
  invalid(`Invalid \`${field}\` field. Please use our testing email address instead of domains like \`example.com\`.`);

/** @param {string} field */
export const malformedAddress = (field) =>
  invalid(`Invalid \`${field}\` field. The email address needs to follow the \`email@example.com\` or \`Name <email@example.com>\` format.`);

export const invalidId = () => new ApiError(422, 'invalid_parameter', 'The parameter must be a valid UUID.');

/** @param {number} max @param {number} seconds length of the window */
export const rateLimited = (max, seconds) =>
  new ApiError(
    429,
    'rate_limit_exceeded',
    `Too many requests. You can only make ${max} requests per ${seconds === 1 ? 'second' : `${seconds} seconds`}. ` +
      'See rate limit response headers for more information.',
  );
