/**
 * Stands in for `node:test` where a suite runs outside of Node: it collects the cases, and whoever drives the page runs
 * them one by one and reports each as a case of its own.
 */
interface Case {
  name: string;
  run: () => unknown;
}
const cases: Case[] = [];

export function test(name: string, run: () => unknown): void {
  cases.push({ name, run });
}
export default test;

/** What a driver sees: the names, and a way to run one case that answers with its failure, if any. */
export const collected = {
  names: () => cases.map(({ name }) => name),
  async run(index: number): Promise<string | undefined> {
    try {
      await cases[index]?.run();
      return undefined;
    } catch (error) {
      const { name, message, stack } = error as Error;
      return `${name}: ${message}\n${stack}`;
    }
  },
};

/** Runs all cases, and prints one JSON line for each. */
export async function runCollected(): Promise<void> {
  for (const [index, name] of collected.names().entries()) {
    process.stdout.write(`${JSON.stringify({ name, failure: await collected.run(index) })}\n`);
  }
}
