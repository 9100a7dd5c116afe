import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT, sha256 } from './folders.mjs';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NAME = 'agents-wasm';

// Where the glue would look for its WebAssembly by itself. Our loaders say it; bundlers would ship what this names too, even
// with agents-wasm/slim, and a second time for Vercel's edge runtime.
const ADDRESS = /new URL\("core\w*\.wasm", ?import\.meta\.url\)\.href/;

/**
 * Writes into `core.wasm` and `core.js` of a folder that they belong together: the WebAssembly gets a section with the
 * package's version and a hash of itself, the glue the same as `build`. js/src/wasm/compile.ts compares the two. What has it
 * already stays as it is.
 */
export function stampCore(folder) {
  const [wasm, glue] = [join(folder, 'core.wasm'), join(folder, 'core.js')];
  const script = readFileSync(glue, 'utf8').trimEnd().replace(ADDRESS, '""');
  if (script.includes('\nexport const build=')) return;
  const bytes = readFileSync(wasm);
  const id = `${version} ${sha256(bytes).slice(0, 16)}`;
  const stamped = Buffer.concat([bytes, customSection(NAME, id)]);
  writeFileSync(wasm, stamped);
  const build = JSON.stringify({ id, bytes: stamped.length });
  writeFileSync(glue, `${script}\nexport const build=${build};\n`);
}

function customSection(name, text) {
  const content = Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from(text)]);
  if (content.length > 127) throw new RangeError('The section is too long for a length of one byte.');
  return Buffer.concat([Buffer.from([0, content.length]), content]);
}
