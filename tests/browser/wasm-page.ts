import { MemorySession } from 'agents-wasm';

/** What becomes of a first call, as text: the error's class and code, and its words. */
const load = () =>
  new MemorySession().loadItems('c').then(
    (items) => [`${items.length} items`],
    (error) => [error.name, error.code, error.message] as string[],
  );

Object.assign(globalThis, { load });
