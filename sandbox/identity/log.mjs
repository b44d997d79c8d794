/** One line per event on stderr: time, service, what happened. Addresses, codes and tokens are never passed in. */

/** @typedef {(event: string, fields?: Record<string, string | number>) => void} Log */

/** @type {Log} */
export const log = (event, fields = {}) => {
  const details = Object.entries(fields).map(([name, value]) => `${name}=${String(value).slice(0, 200)}`);
  process.stderr.write([new Date().toISOString(), 'identity', event, ...details].join(' ').replaceAll(/[\r\n]/g, ' ') + '\n');
};

/** @type {Log} */
export const silent = () => {};
