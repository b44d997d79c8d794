/** One line per event on stderr; never a secret. */

/**
 * @param {string} part which part of the cloud speaks
 * @param {(line: string) => void} [write]
 * @returns {import('./types.d.ts').Logger}
 */
export function logger(part, write = (line) => void process.stderr.write(line)) {
  return (event, details = {}) => {
    const words = Object.entries(details).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    const line = [`cloud/${part}: ${event}`, ...words].join(' ');
    // A Worker's own log may hold line breaks; a supervisor reads line by line.
    write(`${line.replaceAll(/\s*\n\s*/g, ' | ')}\n`);
  };
}
