// Next writes scripts into its pages, which is no matter of ours; what WebAssembly needs is the last word.
const policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";

export default {
  headers: () => [{ source: '/', headers: [{ key: 'Content-Security-Policy', value: policy }] }],
  // Kept for a second build, which there is not.
  experimental: { turbopackFileSystemCacheForBuild: false },
};
