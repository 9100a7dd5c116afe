import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './install.ts';

const sections = readFileSync(join(ROOT, 'README.md'), 'utf8').split(/^## /m);
/** What the README says of bundlers. */
export const BUNDLERS_SECTION = sections.find((section) => section.startsWith('Bundlers\n')) ?? '';

/** What it has people run after bundlers that leave `new URL(…, import.meta.url)` as it is. */
export const COPY_STEP = /```sh\n(cp [^`]+)```/.exec(BUNDLERS_SECTION)?.[1] ?? 'false';
