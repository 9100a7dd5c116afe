/**
 * What the page may do, as a header or as a meta element: nothing from elsewhere, nothing inline, no `eval`. WebAssembly
 * needs its own permission to be compiled.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
