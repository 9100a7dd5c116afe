import assert from 'node:assert/strict';
import { test } from 'node:test';

import { manifestOf } from './install.ts';
import { BUNDLERS_SECTION } from './readme.ts';

test("the README's table of bundlers names the versions that are tested", () => {
  const rows = [...BUNDLERS_SECTION.matchAll(/^\| (\w+).* \| (\d[^| ]*) \|$/gm)];
  assert.ok(rows.length > 4);
  for (const [, bundler = '', version] of rows) {
    assert.equal(version, manifestOf(bundler.toLowerCase()).version, bundler);
  }
});
