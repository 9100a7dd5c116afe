import { setup } from './setup.mjs';
import { fail } from './support/console.mjs';
import { ROOT } from './support/folders.mjs';
import { projectEnv } from './support/node-packages.mjs';
import { runHere } from './support/run.mjs';

// Sets up, builds, and runs the program named on the command line; with --tools first, also installs what tests/tools
// lists. Each part is a process of its own: this one may run on the system's Node, while `node` from here on is the
// project's, which understands TypeScript.
const tools = process.argv[2] === '--tools';
const program = process.argv.slice(tools ? 3 : 2);
const node = (...args) => runHere('node', args, { cwd: ROOT, env: projectEnv() });

try {
  await setup({ tools });
  if ((await node('scripts/build.mjs')) !== 0) process.exit(1);
  // Ctrl-C reaches the program too, which then ends by itself.
  process.on('SIGINT', () => {});
  process.exitCode = await node(...program);
} catch (error) {
  fail(error);
}
