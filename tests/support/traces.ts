import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  type Agent,
  type AgentsError,
  type Item,
  type LoadOptions,
  MemorySession,
  type OutputType,
  type RunInput,
  type RunOptions,
  type RunResult,
  type RunState,
  type RunStreamEvent,
  run,
  type Session,
  type StreamedRun,
} from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { localApi } from './local-api.ts';

/** An item in short: `/user:hi`, `message/assistant:hi`, `function_call:add({"a":1})#c1`, `function_call_output:3#c1`. */
export function showItem(item: Item): string {
  const { type = '', role, content } = item;
  if (type === 'function_call') return `${type}:${item.name}(${item.arguments})#${item.call_id}`;
  if (type === 'function_call_output') return `${type}:${item.output}#${item.call_id}`;
  if (role === undefined) return type;
  const said = typeof content === 'string' ? content : content.map((part: Item) => part.text ?? part.refusal).join('');
  return `${type}/${role}:${said}`;
}

export const showItems = (items: Item[]): string => `[${items.map(showItem).join(', ')}]`;

/** A session of a program's own: two methods on a list. It writes down each call. */
export class RecordingSession implements Session {
  readonly items: Item[];
  readonly #log: string[];
  /** Whether the next load, or a save of these items, fails. */
  failsAt: 'load' | string | undefined;

  constructor(log: string[], items: Item[]) {
    this.#log = log;
    this.items = items;
  }

  loadItems(_: string, { maxItems }: LoadOptions = {}): Item[] {
    if (this.failsAt === 'load') throw new Error('db down');
    const found = maxItems === undefined ? this.items : this.items.slice(Math.max(0, this.items.length - maxItems));
    this.#log.push(`session.load(${maxItems ?? ''}) -> ${found.length}`);
    return structuredClone(found);
  }

  saveItems(_: string, items: Item[]): void {
    if (this.failsAt === showItems(items)) throw new Error('disk full');
    this.#log.push(`session.save(${showItems(items)})`);
    this.items.push(...structuredClone(items));
  }
}

type AnyResult = RunResult<unknown, OutputType>;

/** What a scenario plays in: one conversation, and a model that says what the script has. */
export class World {
  readonly log: string[] = [];
  readonly session: RecordingSession | MemorySession;
  readonly stream: boolean;
  readonly #options: RunOptions;

  constructor(script: { before: Item[]; turns: Turn[]; stream: boolean; own: boolean }) {
    const { server, runConfig } = localApi(script.turns);
    const { log } = this;
    this.stream = script.stream;
    this.session = script.own ? new RecordingSession(log, [...script.before]) : new MemorySession();
    const asked = async (url: string, init: RequestInit) => {
      const {
        input,
        tool_choice: choice,
        previous_response_id: previous,
      } = JSON.parse(new TextDecoder().decode(init.body as Uint8Array));
      const said = [choice && `, tool_choice=${choice}`, previous && `, previous=${String(previous).slice(0, 5)}…`];
      log.push(`model(input=${showItems(input)}${said.filter(Boolean).join('')})`);
      return server.fetch(url, init);
    };
    const openai = { ...runConfig.openai, fetch: asked as typeof fetch };
    this.#options = { session: this.session, conversationId: 'c', runConfig: { openai } };
  }

  /** Plays one run to its end, whatever that is, and writes down what it came to. */
  async run(
    agent: Agent<unknown, OutputType>,
    input: RunInput | RunState,
    options: RunOptions = {},
    watch?: (event: RunStreamEvent, streamed: StreamedRun) => unknown,
  ): Promise<AnyResult | undefined> {
    const all = { ...this.#options, ...options };
    try {
      const result = this.stream
        ? await watched(await run(agent, input, { ...all, stream: true }), watch)
        : await run(agent, input, all);
      this.log.push(
        result.interruptions.length > 0
          ? `interruptions=${result.interruptions.map(({ name }) => name).join(',')}`
          : `final=${typeof result.finalOutput === 'string' ? result.finalOutput : JSON.stringify(result.finalOutput)}`,
      );
      return result as unknown as AnyResult;
    } catch (error) {
      this.log.push(`!! ${(error as Error).name} ${(error as AgentsError).code}`);
      return undefined;
    }
  }

  /** What the conversation holds. */
  async stored(): Promise<string> {
    return showItems(await this.session.loadItems('c'));
  }

  /** How runs that are not part of the history ended. */
  async open(): Promise<string[]> {
    if (!(this.session instanceof MemorySession)) return [];
    return (await this.session.openRuns('c')).map(({ state, items }) => `OPEN ${state}: ${showItems(items)}`);
  }
}

async function watched(
  streamed: StreamedRun,
  watch: (event: RunStreamEvent, streamed: StreamedRun) => unknown = () => {},
): Promise<RunResult> {
  try {
    for await (const event of streamed) await watch(event, streamed);
  } catch {
    // The result tells the same.
  }
  return streamed.completed;
}

export interface Scenario {
  /** The history before. */
  before?: Item[];
  turns: Turn[];
  play(world: World): Promise<void>;
  /** What happens turn by turn, on a session of the program's own. */
  perTurn: string[];
  /**
   * What happens on a session of ours, where a run enters the history whole or stays open. Default: the same, save that
   * nobody sees the calls of such a session.
   */
  byRun?: string[];
  /** Which ways of running it is about. Default: both. */
  ways?: boolean[];
}

/** Plays a scenario on both kinds of sessions, streamed and not. Its last line tells what is stored then. */
export function scenario(
  name: string,
  { before = [], turns, play, ways = [false, true], ...expected }: Scenario,
): void {
  const { perTurn, byRun = perTurn.filter((line) => !line.startsWith('session.')) } = expected;
  for (const stream of ways) {
    const how = stream ? 'streamed' : 'not streamed';
    test(`${name} (turn by turn, ${how})`, async () => {
      const world = new World({ before, turns, stream, own: true });
      await play(world);
      assert.deepEqual([...world.log, `STORED ${await world.stored()}`], perTurn);
    });
    test(`${name} (as one piece, ${how})`, async () => {
      const world = new World({ before, turns, stream, own: false });
      await using session = world.session as MemorySession;
      if (before.length > 0) await session.saveItems('c', before);
      await play(world);
      assert.deepEqual([...world.log, `STORED ${await world.stored()}`, ...(await world.open())], byRun);
    });
  }
}
