import { existsSync } from 'node:fs';

import { isDebian } from './support/apt.mjs';
import { Refusal, say } from './support/console.mjs';
import { run, which } from './support/run.mjs';

const KINDS = {
  chromium: {
    name: 'Chromium or Chrome',
    variable: 'CHROME_PATH',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    apps: ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'],
    packages: ['chromium', 'fonts-dejavu-core'],
  },
  firefox: {
    name: 'Firefox',
    variable: 'FIREFOX_PATH',
    programs: ['firefox-esr', 'firefox'],
    apps: ['Firefox.app/Contents/MacOS/firefox'],
    packages: ['firefox-esr'],
  },
  // Its own browser has no mode without a screen.
  webkit: {
    name: "WebKitGTK's WebKitWebDriver and Xvfb",
    variable: 'WEBKIT_DRIVER_PATH',
    programs: ['WebKitWebDriver'],
    needs: ['Xvfb'],
    packages: ['webkit2gtk-driver', 'xvfb'],
  },
};

/** The path of an installed browser, or of its driver, or undefined; the kind's environment variable goes first. */
export function findBrowser(kind = 'chromium') {
  const { variable, programs, apps = [], needs = [] } = KINDS[kind];
  if (!needs.every((program) => which(program))) return undefined;
  const wanted = process.env[variable];
  if (wanted && !existsSync(wanted)) throw new Refusal(`${variable} names ${wanted}, which is not there.`);
  return (
    wanted ||
    programs.map((name) => which(name)).find(Boolean) ||
    apps.map((app) => `/Applications/${app}`).find(existsSync)
  );
}

/** What to say where it is missing. */
export function howToInstall(kind) {
  const { name, variable, packages } = KINDS[kind];
  return (
    `The browser tests need ${name}. Install it ("apt install ${packages.join(' ')}" as root, or the usual way of your ` +
    `system), or name one in ${variable}.`
  );
}

/** The same as `findBrowser`, after installing Debian's when there is none and we may; fails with what to install. */
export async function ensureBrowser(kind = 'chromium') {
  const found = findBrowser(kind);
  if (found) return found;
  if (kind === 'webkit' && process.platform !== 'linux') {
    say('WebKitGTK is only to be had on Linux: what is tested in it will fail.');
    return undefined;
  }
  if (!isDebian() || process.getuid() !== 0) throw new Refusal(howToInstall(kind));
  const { name, packages } = KINDS[kind];
  say(`Installing ${name} with apt`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=600', '-o', 'APT::Update::Error-Mode=any'];
  await run('apt-get', [...options, 'update'], { env });
  await run('apt-get', [...options, 'install', '-y', '--no-install-recommends', ...packages], { env });
  return findBrowser(kind);
}
