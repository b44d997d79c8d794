const UNITS = ['bytes', 'KiB', 'MiB'] as const;

/** Size for people: `812 bytes`, `1.4 KiB`, `25 MiB`. */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${Number(size.toFixed(1))} ${bytes === 1 ? 'byte' : UNITS[unit]}`;
}

/** Moment for people, in UTC because the server does not know where they are. */
export function formatTime(iso: string): string {
  return `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(iso))} UTC`;
}
