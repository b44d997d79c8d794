/** Modules that wrangler bundles as text: see "rules" in the wrangler configuration. */
declare module '*.css' {
  const text: string;
  export default text;
}
declare module '*.svg' {
  const text: string;
  export default text;
}
