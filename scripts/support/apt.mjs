import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Refusal } from './console.mjs';
import { readText } from './folders.mjs';
import { run, which } from './run.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Whether this machine's apt can fetch and verify Debian packages. */
export const isDebian = () =>
  /^ID=debian$/m.test(readText('/etc/os-release') ?? '') &&
  ['apt-get', 'dpkg-deb'].every((tool) => which(tool)) &&
  existsSync(KEYRING);

/**
 * An apt with a state of its own in `folder`, over one `suite`, on a machine where nothing is installed. It needs no
 * root and leaves the machine's apt alone, but takes the archive's address and the access rights from it.
 */
export async function openApt(folder, suite) {
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${await archiveAddress()} ${suite} main\n`);

  const files = join(folder, 'packages');
  const options = Object.entries({
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    // Containers turn this cache off, and then each call reads the lists anew.
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'APT::Update::Error-Mode': 'any',
    // The download helper of root's apt is another user, who cannot write into this folder.
    'APT::Sandbox::User': '',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const env = { ...process.env, LC_ALL: 'C' };
  const apt = (args, more) => run('apt-get', [...args, '-q', ...options], { cwd: files, env, ...more });

  await apt(['update']);

  return {
    /** All packages that `names` need, as a map from name to version. */
    async resolve(names) {
      const plan = await apt(['install', '-s', '--no-install-recommends', ...names]);
      return new Map([...plan.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => [name, version]));
    },

    /** The sizes of those of the packages that an earlier try has not fetched whole. */
    async missing(packages) {
      const uris = await apt(['download', '--print-uris', ...pinned(packages)]);
      return [...uris.matchAll(/^'\S+' \S+ (\d+) /gm)].map(([, bytes]) => Number(bytes));
    },

    /** Fetches the packages, checks them against the archive's signed list, and returns their files. */
    async download(packages, onFetched) {
      const onLine = (line) => line.startsWith('Get:') && onFetched(line.split(' ')[4]);
      await apt(['download', ...pinned(packages)], { onLine });
      const names = readdirSync(files);
      return [...packages].map(([name, version]) => {
        const start = `${name}_${version.replace(':', '%3a')}_`;
        return join(
          files,
          names.find((file) => file.startsWith(start)),
        );
      });
    },
  };
}

const pinned = (packages) => [...packages].map(([name, version]) => `${name}=${version}`);

async function archiveAddress() {
  // Without --no-release-info nothing is printed while apt's lists are empty, as they are in every fresh container.
  const format = ['--no-release-info', '--format', '$(SITE) $(RELEASE)', 'Created-By: Packages'];
  const targets = await run('apt-get', ['indextargets', ...format]);
  // Updates, backports and security have a hyphen in their names; they hold no other release.
  const main = targets.split('\n').find((line) => /^\S+ [a-z]+$/.test(line));
  if (!main) throw new Refusal('apt knows no Debian archive: see /etc/apt/sources.list.d.');
  return main.split(' ')[0];
}
