import { readFileSync } from 'node:fs';

import createGlue from '../../dist/wasm/core.js';
import { borderSuite } from '../support/border-suite.ts';

const module = new WebAssembly.Module(readFileSync(new URL('../../dist/wasm/core.wasm', import.meta.url)));

borderSuite(
  () =>
    createGlue({
      instantiateWasm(
        imports: WebAssembly.Imports,
        done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
      ) {
        const instance = new WebAssembly.Instance(module, imports);
        done(instance, module);
        return instance.exports;
      },
    }),
  { loop: 100_000, megabytes: 5 },
);
