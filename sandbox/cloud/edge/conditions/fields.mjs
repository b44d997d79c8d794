/** The fields of a condition: what each must look like, in words that fit into a refusal. */

/**
 * @typedef {object} Field
 * @property {(value: unknown) => boolean} holds
 * @property {string} must what a value has to be, behind "must be"
 * @property {unknown} [fallback] used when the field is absent; without one the field may simply be missing
 * @property {boolean} [needed]
 */

/** @param {number} least @param {number} most @param {string} what @returns {Field} */
const number = (least, most, what) => ({
  holds: (value) => typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most,
  must: what,
});

/** A part of all requests, above 0 and at most 1. @type {Field} */
export const share = number(Number.MIN_VALUE, 1, 'a number above 0 and at most 1');

/** @type {Field} */
export const seconds = number(Number.MIN_VALUE, 3600, 'a number of seconds above 0 and at most 3600');

/** @type {Field} */
export const milliseconds = number(1, 60_000, 'a number of milliseconds from 1 to 60000');

/** @type {Field} */
export const count = {
  holds: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000_000,
  must: 'a whole number above 0',
};

/** @type {Field} */
export const text = { holds: (value) => typeof value === 'string' && value !== '', must: 'a text that is not empty' };

/** @type {Field} */
export const texts = {
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every((entry) => text.holds(entry)),
  must: 'a list of texts, none of them empty',
};

/** @param {...string} values @returns {Field} */
export const oneOf = (...values) => ({
  holds: (value) => typeof value === 'string' && values.includes(value),
  must: `one of ${values.join(', ')}`,
});

/** @param {Field} field @returns {Field} */
export const needed = (field) => ({ ...field, needed: true });

/** @param {Field} field @param {unknown} fallback @returns {Field} */
export const defaulting = (field, fallback) => ({ ...field, fallback });
