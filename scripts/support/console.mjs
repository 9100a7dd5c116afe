// What a person sees while something is being set up: one line per step, one rewritten line per download.

/** A failure with a sentence that says it all; it is shown without a stack. */
export class Refusal extends Error {}

const screen = process.stdout;
let open = false;

/** Prints a line of its own. */
export function say(text) {
  screen.write(`${open ? '\n' : ''}${text}\n`);
  open = false;
}

/** Rewrites the current line on a terminal, and stays silent in a log file. */
export function progress(text) {
  if (!screen.isTTY) return;
  screen.write(`\r\x1b[2K${text.slice(0, screen.columns - 1)}`);
  open = true;
}

/** Ends a script: a refusal, ours or the file system's, as its sentence; anything else with its stack. */
export function fail(error) {
  if (open) say('');
  const isRefusal = error instanceof Refusal || error.syscall;
  process.stderr.write(`\n${isRefusal ? error.message : (error.stack ?? error)}\n`);
  process.exit(1);
}

export const megabytes = (bytes) => `${Math.ceil(bytes / 1e6)} MB`;
