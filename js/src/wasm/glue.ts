import * as glue from './core.js';

/** Which build of the core this JavaScript belongs to. */
export interface CoreBuild {
  /** The package's version and a hash of the WebAssembly, which holds the same text in a section of its own. */
  readonly id: string;
  /** How long the WebAssembly is. */
  readonly bytes: number;
}

// Written into the glue by scripts/support/stamp.mjs, of which Emscripten's declaration of it does not know.
export const { build } = glue as unknown as { build: CoreBuild };
export default glue.default;
