import { existsSync } from 'node:fs';

import { isDebian } from './support/apt.mjs';
import { Refusal, say } from './support/console.mjs';
import { run, which } from './support/run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_APPS = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'];

/** The path of an installed Chromium or Chrome, or undefined; `$CHROME_PATH` goes first. */
export function findBrowser() {
  const wanted = process.env.CHROME_PATH;
  if (wanted && !existsSync(wanted)) throw new Refusal(`CHROME_PATH names ${wanted}, which is not there.`);
  return (
    wanted ||
    NAMES.map((name) => which(name)).find(Boolean) ||
    MAC_APPS.map((app) => `/Applications/${app}`).find(existsSync)
  );
}

/** The same, after installing Debian's Chromium when there is none and we may; fails with what to install. */
export async function ensureBrowser() {
  const found = findBrowser();
  if (found) return found;
  if (!isDebian() || process.getuid() !== 0) {
    throw new Refusal(
      'The browser tests need Chromium or Chrome. Install one ("apt install chromium" as root, or the usual way of ' +
        'your system), or name one in CHROME_PATH.',
    );
  }
  say('Installing Chromium with apt');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=600', '-o', 'APT::Update::Error-Mode=any'];
  await run('apt-get', [...options, 'update'], { env });
  await run('apt-get', [...options, 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
    env,
  });
  return findBrowser();
}
