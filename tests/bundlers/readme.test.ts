import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { installed } from './project.ts';
import { BUNDLERS_SECTION } from './readme.ts';

const versionOf = (name: string) => JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8')).version;

test("the README's table of bundlers names the versions that are tested", () => {
  const rows = [...BUNDLERS_SECTION.matchAll(/^\| (\w[^|:]*).* \| (\d[^| ]*) \|$/gm)];
  const named = rows.map(([, bundler = '', version]) => [bundler.trim(), version]);
  assert.ok(named.length > 2);
  for (const [bundler = '', version] of named) assert.equal(version, versionOf(bundler.toLowerCase()), bundler);
});
