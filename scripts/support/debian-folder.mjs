import { existsSync, mkdirSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openApt } from './apt.mjs';
import { megabytes, progress, Refusal, say } from './console.mjs';
import { CACHE, removeFolder } from './folders.mjs';
import { locked } from './lock.mjs';
import { run } from './run.mjs';

/**
 * The `usr` folder of Debian packages, unpacked in the user's cache when they are not there. `choose(apt)` names the
 * packages of the release `suite`, `finish(root)` makes them fit their place, and `room` is what they take, in bytes.
 *
 * It counts only with its stamp, which comes last: a killed run starts again with the downloads that are complete. It
 * is filled in its final place, since Emscripten drops the libraries that it has built when it is moved.
 */
export async function debianFolder({ name, what, suite, choose, finish, room }) {
  const folder = join(CACHE, name);
  const root = join(folder, 'root');
  const stamp = join(folder, 'stamp.json');
  if (!existsSync(stamp)) {
    await locked(join(CACHE, 'lock'), async () => {
      if (existsSync(stamp)) return;
      say(`Installing ${what} from Debian ${suite} into ${folder}`);
      removeFolder(root);
      const packages = await fill(root, { suite, choose, room });
      await finish?.(root);
      removeFolder(join(folder, 'apt'));
      writeFileSync(`${stamp}.new`, `${JSON.stringify(Object.fromEntries(packages), null, 2)}\n`);
      renameSync(`${stamp}.new`, stamp);
      say('  installed');
    });
  }
  return join(root, 'usr');
}

async function fill(root, { suite, choose, room }) {
  mkdirSync(root, { recursive: true });
  say('  asking apt what is needed');
  const apt = await openApt(join(root, '../apt'), suite);
  const packages = await choose(apt);
  const files = await download(apt, packages, { root, room });
  for (const [index, file] of files.entries()) {
    progress(`  unpacking ${index + 1} of ${files.length}`);
    await run('dpkg-deb', ['-x', file, root]);
  }
  return packages;
}

async function download(apt, packages, { root, room }) {
  const missing = await apt.missing(packages);
  const bytes = missing.reduce((sum, size) => sum + size, 0);
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize < bytes + room) {
    throw new Refusal(
      `${megabytes(bytes + room)} are needed in ${CACHE}, and ${megabytes(bavail * bsize)} are free. ` +
        'Make room, or name another folder in AGENTS_WASM_CACHE.',
    );
  }
  say(`  fetching ${missing.length} packages, ${megabytes(bytes)}`);
  let fetched = 0;
  return apt.download(packages, (name) => progress(`  fetched ${++fetched} of ${missing.length}: ${name}`));
}
