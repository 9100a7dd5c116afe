/**
 * The whole API over a core whose functions have names, so that the stack of a failed instance says where it was, and
 * which checks each access to its memory (scripts/support/twins.mjs, wasm/CMakeLists.txt). Its sessions and agents belong
 * to its own runner, not to that of `agents-wasm`: import all of it from here, or let a bundler's alias do it.
 */
export * from './index.ts';
