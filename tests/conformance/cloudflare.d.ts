/** What the workers of tests use of workerd's own module. */
declare module 'cloudflare:workers' {
  export class DurableObject {
    readonly ctx: { storage: import('agents-wasm/edge').DurableObjectStorageLike };
  }
}
