import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { type Packed, pack, ROOT, said } from './packed.ts';

const LLMS = readFileSync(join(ROOT, 'llms.txt'), 'utf8');
const examples = (kind: string) =>
  [...LLMS.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code as string);
const EXAMPLES = examples('ts');
const COMPONENTS = examples('tsx');
// What each of them says, in their order.
const OUTPUTS = [/^Your name is John\. [1-9]\d*\n4 assistant\n$/, /sunny in Oslo/, /12 paid back/, /John/];

let packed: Packed;
before(async () => {
  packed = await pack();
  // Who installs the package has the types of the runtime too.
  mkdirSync(join(packed.project, 'node_modules/@types'));
  for (const name of ['@types/node', '@types/react', 'csstype', 'undici-types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(packed.project, 'node_modules', name));
  EXAMPLES.forEach((code, index) => writeFileSync(join(packed.project, `example-${index}.ts`), code));
  COMPONENTS.forEach((code, index) => writeFileSync(join(packed.project, `component-${index}.tsx`), code));
});

test('the examples of llms.txt compile under strict types in a project that installed the package', async () => {
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'esnext',
    noEmit: true,
    jsx: 'react-jsx',
    types: ['node'],
  };
  writeFileSync(join(packed.project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }));
  const { code, text } = await said(join(ROOT, 'node_modules/.bin/tsc'), ['-p', packed.project], packed.project);
  assert.equal(code, 0, text);
});

test('the examples of llms.txt run and do what they say', async () => {
  const api = `import { createOpenAIServer } from 'agents-wasm/testing';
    process.env.OPENAI_API_KEY = 'sk-llms';
    globalThis.fetch = createOpenAIServer().fetch;`;
  writeFileSync(join(packed.project, 'api.mjs'), api);
  assert.equal(EXAMPLES.length, OUTPUTS.length);
  for (const [index, output] of OUTPUTS.entries()) {
    const { code, text } = await said('node', ['--import', './api.mjs', `example-${index}.ts`], packed.project);
    assert.equal(code, 0, text);
    assert.match(text.replaceAll(/.*(ExperimentalWarning|--trace-warnings).*\n/g, ''), output);
  }
});

test('every entry of the package is in llms.txt and in the README', () => {
  const readme = readFileSync(join(packed.folder, 'README.md'), 'utf8');
  for (const name of Object.keys(packed.manifest.exports)) {
    if (name === '.' || name === './package.json') continue;
    const entry = name.replace('.', 'agents-wasm');
    assert.ok(LLMS.includes(`\`${entry}\``), `llms.txt: ${entry}`);
    assert.ok(readme.includes(entry), `README.md: ${entry}`);
  }
});
