import assert from 'node:assert/strict';
import type { Turn } from 'agents-wasm/testing';

import { Agent, Runner, run, type StoredItem, tool } from '../../js/src/index.ts';
import { applyChange, readPage } from '../../js/src/sessions/store-calls.ts';
import type { StoredSession } from '../../js/src/sessions/stored-session.ts';
import { localApi } from './local-api.ts';

// A story is told to a store step by step. Wherever it breaks off, it says which states the store may be found in.

const CONVERSATION = 'c';
const SHELF = 'x';

/** All that a store has of the conversation, each item as a short text that is there once. */
export interface State {
  history: readonly string[];
  shelf: readonly string[];
  /** What an open run has got. */
  open: readonly string[];
}

export const NOTHING: State = { history: [], shelf: [], open: [] };

export interface Step {
  name: string;
  /** The states that the store goes through, from the one before to the one behind. It may leave some out. */
  path(before: State): State[];
  /** `reached(n)`: whatever happens, the store has `path[n]` or a later one. */
  play(session: StoredSession, reached: (index: number) => void): Promise<void>;
}

export class Story {
  #path: State[];
  #reached = 0;
  #step = 'before it began';

  constructor(state: State = NOTHING) {
    this.#path = [state];
  }

  /** Where it is if nothing broke off. */
  get state(): State {
    return this.#path.at(-1) as State;
  }

  async tell(session: StoredSession, steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.#path = step.path(this.state);
      this.#reached = 0;
      this.#step = step.name;
      await step.play(session, (index) => {
        this.#reached = Math.max(this.#reached, index);
      });
      this.#reached = this.#path.length - 1;
    }
  }

  /** The states that are right at this moment. */
  allowed(): { step: string; states: State[] } {
    return { step: this.#step, states: this.#path.slice(this.#reached) };
  }
}

export function assertAllowed(found: State, { step, states }: { step: string; states: State[] }, where: string): void {
  if (states.some((state) => JSON.stringify(state) === JSON.stringify(found))) return;
  assert.fail(`${where}, in "${step}" the store has ${brief(found)}, not one of ${states.map(brief).join(' ')}`);
}

function brief({ history, ...rest }: State): string {
  return JSON.stringify({ history: history.length, ending: history.slice(-8), ...rest });
}

export async function observe(session: StoredSession): Promise<State> {
  const runs = await session.openRuns(CONVERSATION);
  assert.ok(runs.length <= 1, 'one run at a time');
  const [open] = runs;
  assert.notDeepEqual(open?.items, [], 'an open run has its input');
  const shelf = await readPage(session, { conversationId: CONVERSATION, shelf: SHELF, shelves: '' });
  assert.equal(shelf.undecodable, undefined);
  const shelves = shelf.shelves?.filter(({ name }) => name !== 'usage') ?? [];
  assert.ok(shelves.length <= 2, 'the shelf and the journal of a run');
  return {
    history: (await session.loadItems(CONVERSATION)).map(short),
    shelf: shelf.items.map(short),
    open: open?.items.map(short) ?? [],
  };
}

export function short(item: StoredItem | Record<string, any>): string {
  const { type, call_id, output, content } = item as Record<string, any>;
  if (type === 'function_call') return `${call_id}()`;
  if (type === 'function_call_output') return `${call_id}=${output.split(' ')[0]}`;
  return typeof content === 'string' ? content : content[0].text;
}

/** As the runner completes what a run has got: a call without an output is answered with `word`. */
export function completed(items: readonly string[], word: string): string[] {
  const calls = items.filter((one) => one.endsWith('()')).map((one) => one.slice(0, -2));
  const open = calls.filter((id) => !items.some((one) => one.startsWith(`${id}=`)));
  return [...items, ...open.map((id) => `${id}=${word}`)];
}

const without = (list: readonly string[], gone: readonly string[]) => list.filter((one) => !gone.includes(one));

export function save(name: string, count: number): Step {
  const texts = Array.from({ length: count }, (_, index) => `${name}.${index}`);
  return {
    name: `save ${name}`,
    path: (before) => [before, { ...before, history: [...before.history, ...texts] }],
    play: (session) => session.saveItems(CONVERSATION, texts),
  };
}

export function pop(): Step {
  return {
    name: 'pop',
    path: (before) => [before, { ...before, history: before.history.slice(0, -1) }],
    play: async (session) => void (await session.popItem(CONVERSATION)),
  };
}

let operations = 0;

/** Moves the newest `count` items to the shelf, changes the one before, and leaves a new one in their place. */
export function fold(name: string, count: number): Step {
  return {
    name: `fold ${name}`,
    path: (before) => {
      const moved = before.history.slice(-count);
      const changed = before.history.at(-count - 1);
      const kept = without(before.history, moved).map((one) => (one === changed ? `${name}.changed` : one));
      return [before, { ...before, history: [...kept, name], shelf: [...before.shelf, ...moved] }];
    },
    play: async (session) => {
      const query = { conversationId: CONVERSATION, newest: count + 1, origins: true };
      const [changed, ...moved] = (await readPage(session, query)).origins.map(({ uid }) => uid);
      await applyChange(session, CONVERSATION, {
        opId: `fold-${++operations}`,
        edits: [
          { type: 'replace', uid: changed as string, item: { role: 'user', content: `${name}.changed` } },
          { type: 'shelve', uids: moved, shelf: SHELF },
          { type: 'append', items: [{ role: 'user', content: name }] },
        ],
      });
    },
  };
}

export function unfold(): Step {
  return {
    name: 'unfold',
    path: (before) => [before, { ...before, history: [...before.history, ...before.shelf], shelf: [] }],
    play: async (session) => {
      const change = { opId: `unfold-${++operations}`, edits: [{ type: 'restore', shelf: SHELF } as const] };
      await applyChange(session, CONVERSATION, change);
    },
  };
}

export type Ending = 'done' | 'failed' | 'stopped';

/** A run whose model calls two tools at once and then answers, fails, or is stopped while the second tool works. */
export function runTools(name: string, ending: Ending = 'done'): Step {
  const [one, two] = [`${name}.1`, `${name}.2`];
  const got = [name, `${one}()`, `${two}()`, `${one}=ok`, `${two}=ok`];
  return {
    name: `run ${name}, ${ending}`,
    path: (before) => {
      // What an earlier run has left open is settled by this one as it begins.
      const asked = before.open.some((item) => item.endsWith('()'));
      const history = asked ? [...before.history, ...completed(before.open, 'aborted')] : before.history;
      const open = (count: number): State => ({ ...before, history, open: got.slice(0, count) });
      const states = [before, open(1), open(3), open(4)];
      if (ending === 'stopped') return states;
      states.push(open(5));
      return ending === 'failed'
        ? states
        : [...states, { ...before, history: [...history, ...got, `${name}!`], open: [] }];
    },
    play: (session, reached) => play(session, reached, name, ending),
  };
}

async function play(
  session: StoredSession,
  reached: (index: number) => void,
  name: string,
  ending: Ending,
): Promise<void> {
  const stop = new AbortController();
  const act = tool({
    name: 'act',
    execute: (_, __, { callId }) => {
      reached(2);
      if (ending !== 'stopped' || callId === `${name}.1`) return 'ok';
      return untilStored(session, `${name}.1=ok`, stop);
    },
  });
  const asked = (turn: Turn, index: number): Turn => {
    return () => {
      reached(index);
      return turn as Exclude<Turn, (...args: never[]) => unknown>;
    };
  };
  const calls = [1, 2].map((index) => ({ name: 'act', callId: `${name}.${index}` }));
  const last: Turn = ending === 'failed' ? { failed: { message: 'down' } } : `${name}!`;
  const { runConfig } = localApi([asked({ calls }, 1), asked(last, 4)]);
  const agent = new Agent({ name: 'bot', tools: [act] });
  const options = { session, conversationId: CONVERSATION, runConfig, signal: stop.signal };
  const codes = { done: undefined, failed: 'model_failed', stopped: 'aborted' };
  try {
    await run(agent, name, options);
  } catch (error) {
    const { code, name: kind } = error as { code?: string; name: string };
    if (code !== codes[ending] && !(ending === 'stopped' && kind === 'AbortError')) throw error;
  }
}

/** Stops the run once the journal has an item. Fails if the store ends first, and so does the run. */
async function untilStored(session: StoredSession, item: string, stop: AbortController): Promise<never> {
  while (!(await observe(session)).open.includes(item)) await new Promise((next) => setTimeout(next));
  stop.abort();
  return new Promise(() => {});
}

export function resume(): Step {
  return {
    name: 'resume',
    path: (before) => {
      const whole = completed(before.open, 'Outcome');
      const steps = Array.from({ length: whole.length - before.open.length }, (_, index) => ({
        ...before,
        open: whole.slice(0, before.open.length + index + 1),
      }));
      return [
        before,
        ...steps,
        { ...before, history: [...before.history, ...whole, `${before.open[0]} again!`], open: [] },
      ];
    },
    play: async (session) => {
      const [open] = await session.openRuns(CONVERSATION);
      const agent = new Agent({ name: 'bot', tools: [tool({ name: 'act', execute: () => 'ok' })] });
      const { runConfig } = localApi([`${short(open?.items[0] ?? {})} again!`]);
      await Runner.resume(agent, { session, conversationId: CONVERSATION, runConfig });
    },
  };
}

export function commit(): Step {
  return {
    name: 'commit',
    path: (before) => [
      before,
      { ...before, history: [...before.history, ...completed(before.open, 'aborted')], open: [] },
    ],
    play: async (session) => {
      const [open] = await session.openRuns(CONVERSATION);
      await session.commitRun(CONVERSATION, open?.runId ?? '');
    },
  };
}

export function discard(): Step {
  return {
    name: 'discard',
    path: (before) => [before, { ...before, open: [] }],
    play: async (session) => {
      const [open] = await session.openRuns(CONVERSATION);
      await session.discardRun(CONVERSATION, open?.runId ?? '');
    },
  };
}

/** A story with every kind of step, which leaves nothing open. */
export function wholeStory(): Step[] {
  return [
    save('one', 3),
    runTools('ask'),
    pop(),
    save('two', 40),
    fold('sum', 5),
    runTools('broken', 'failed'),
    resume(),
    runTools('stopped', 'stopped'),
    save('between', 2),
    runTools('next'),
    unfold(),
    runTools('lost', 'failed'),
    commit(),
    runTools('gone', 'stopped'),
    discard(),
    save('three', 2),
  ];
}

/** What can be done with a store that was found in a state, whatever it is. */
export function waysOn({ open }: State): Step[] {
  const fresh = runTools('after');
  return open.length === 0 ? [fresh] : [resume(), commit(), discard(), fresh];
}
