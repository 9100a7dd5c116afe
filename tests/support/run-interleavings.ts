import assert from 'node:assert/strict';
import { Agent, Runner, run, tool } from 'agents-wasm';

import { applyChange, readPage } from '../../dist/sessions/store-calls.js';
import { completed, short } from './crash-story.ts';
import { localApi } from './local-api.ts';
import { pickOf } from './random.ts';
import type { AnySession } from './session-suite.ts';

/** A run that stands still wherever its model is asked, until it is told how to go on. */
interface ActiveRun {
  name: string;
  stop: AbortController;
  /** Answers the model's request that is waiting. */
  answer: (turn: 'calls' | 'text' | 'failure') => void;
  /** Resolves when the model is asked the next time, or the run has ended. */
  next: () => Promise<string>;
  hasCalled: boolean;
}

interface Model {
  history: string[];
  /** What the open run has got, and what became of it. */
  open: { items: string[]; state: string } | undefined;
}

/**
 * One conversation on which runs, saves, pops, edits, stops and resumes take turns at random, each beside a model of
 * lists: runs wait for each other, nothing else waits for them.
 */
export class Interleaving {
  readonly #session: AnySession;
  readonly #id: string;
  readonly #random: () => number;
  readonly #model: Model = { history: [], open: undefined };
  #active: ActiveRun | undefined;
  readonly #waiting: ActiveRun[] = [];
  #names = 0;

  constructor(session: AnySession, id: string, random: () => number) {
    this.#session = session;
    this.#id = id;
    this.#random = random;
  }

  async play(steps: number): Promise<string[]> {
    const log: string[] = [];
    for (let count = 0; count < steps; count++) {
      const [name, step] = pickOf(this.#random, this.#choices());
      log.push(name);
      await step();
      await this.#compare(log);
    }
    while (this.#active) {
      log.push('answer');
      await this.#answer('text');
      await this.#compare(log);
    }
    return log;
  }

  #choices(): [string, () => Promise<void>][] {
    const choices: [string, () => Promise<void>][] = [
      ['save', () => this.#save()],
      ['pop', () => this.#pop()],
      ['delete', () => this.#delete()],
    ];
    if (this.#model.history.some(isPlain)) choices.push(['edit', () => this.#edit()]);
    if (this.#waiting.length < 2) choices.push(['run', () => this.#start()], ['run', () => this.#start()]);
    if (this.#waiting.length > 0) choices.push(['give up waiting', () => this.#giveUp()]);
    if (this.#active) {
      const answers = (['text', 'calls', 'failure'] as const).filter(
        (one) => one !== 'calls' || !this.#active?.hasCalled,
      );
      for (const turn of answers) choices.push([`answer ${turn}`, () => this.#answer(turn)]);
      choices.push(['stop', () => this.#stop()], ['commit a running one', () => this.#commitRunning()]);
    } else if (this.#model.open) {
      choices.push(
        ['resume', () => this.#resume()],
        ['commit', () => this.#commit()],
        ['discard', () => this.#discard()],
      );
    }
    return choices;
  }

  #name(): string {
    return `n${++this.#names}`;
  }

  async #save(): Promise<void> {
    const texts = [this.#name(), this.#name()];
    await this.#session.saveItems(this.#id, texts);
    this.#model.history.push(...texts);
  }

  /** An output takes its call along. */
  async #pop(): Promise<void> {
    const popped = await this.#session.popItem(this.#id);
    const expected = this.#model.history.pop();
    assert.equal(popped && short(popped), expected);
    const [callId, output] = expected?.split('=') ?? [];
    if (output !== undefined) this.#model.history = this.#model.history.filter((item) => item !== `${callId}()`);
  }

  /** Writes the oldest text anew, in its place. */
  async #edit(): Promise<void> {
    const index = this.#model.history.findIndex(isPlain);
    const { origins } = await readPage(this.#session, { conversationId: this.#id, origins: true });
    const text = this.#name();
    const item = { role: 'user', content: text };
    const edit = { type: 'replace', uid: origins[index]?.uid ?? '', item } as const;
    await applyChange(this.#session, this.#id, { opId: `${this.#id}.${text}`, edits: [edit] });
    this.#model.history[index] = text;
  }

  /** It takes the run along that is under way, and leaves those that wait their turn. */
  async #delete(): Promise<void> {
    const active = this.#active;
    await this.#session.delete(this.#id);
    this.#model.history = [];
    this.#model.open = undefined;
    if (active) await this.#end(active, 'run_superseded');
  }

  async #start(): Promise<void> {
    const name = this.#name();
    const begun = this.#begin(name, (agent, options) => run(agent, name, options));
    if (this.#active) this.#waiting.push(begun);
    else await this.#activate(begun);
  }

  async #resume(): Promise<void> {
    const { open } = this.#model;
    const name = this.#name();
    this.#active = this.#begin(name, (agent, options) => Runner.resume(agent, options));
    assert.equal(await this.#active.next(), 'asked');
    this.#model.open = { items: completed(open?.items ?? [], 'Outcome'), state: 'running' };
  }

  #begin(
    name: string,
    call: (agent: Agent, options: Parameters<typeof Runner.resume>[1]) => Promise<unknown>,
  ): ActiveRun {
    const events = new Events();
    const stop = new AbortController();
    let answer: ActiveRun['answer'] = () => {};
    const turns = {
      calls: { calls: [1, 2].map((index) => ({ name: 'act', callId: `${name}.${index}` })) },
      text: `${name}!`,
      failure: { failed: { message: 'down' } },
    };
    const turn = () =>
      new Promise<(typeof turns)['calls'] | string | (typeof turns)['failure']>((resolve) => {
        answer = (kind) => resolve(turns[kind]);
        events.add('asked');
      });
    const agent = new Agent({ name: 'bot', tools: [tool({ name: 'act', execute: () => 'ok' })] });
    const { runConfig } = localApi([turn, turn, turn]);
    call(agent, { session: this.#session, conversationId: this.#id, runConfig, signal: stop.signal }).then(
      () => events.add('done'),
      ({ code, name: kind }) => events.add(kind === 'AbortError' ? 'stopped' : code),
    );
    return { name, stop, answer: (kind) => answer(kind), next: () => events.take(), hasCalled: false };
  }

  /** A run whose turn it is settles what is open, asks the model, and stands still. */
  async #activate(one: ActiveRun): Promise<void> {
    this.#active = one;
    assert.equal(await one.next(), 'asked');
    const items = this.#model.open?.items ?? [];
    if (items.some((item) => item.endsWith('()'))) this.#model.history.push(...completed(items, 'aborted'));
    this.#model.open = { items: [one.name], state: 'running' };
  }

  async #answer(turn: 'calls' | 'text' | 'failure'): Promise<void> {
    const active = this.#active as ActiveRun;
    const open = this.#model.open as { items: string[]; state: string };
    active.answer(turn);
    if (turn === 'calls') {
      assert.equal(await active.next(), 'asked');
      active.hasCalled = true;
      const ids = [1, 2].map((index) => `${active.name}.${index}`);
      open.items.push(...ids.map((id) => `${id}()`), ...ids.map((id) => `${id}=ok`));
      return;
    }
    if (turn === 'text') {
      this.#model.history.push(...open.items, `${active.name}!`);
      this.#model.open = undefined;
    } else {
      open.state = 'failed';
    }
    await this.#end(active, turn === 'text' ? 'done' : 'model_failed');
  }

  async #stop(): Promise<void> {
    const active = this.#active as ActiveRun;
    active.stop.abort();
    (this.#model.open as { state: string }).state = 'stopped';
    await this.#end(active, 'stopped');
  }

  async #end(active: ActiveRun, how: string): Promise<void> {
    assert.equal(await active.next(), how);
    this.#active = undefined;
    const next = this.#waiting.shift();
    if (next) await this.#activate(next);
  }

  async #giveUp(): Promise<void> {
    const last = this.#waiting.pop() as ActiveRun;
    last.stop.abort();
    assert.equal(await last.next(), 'stopped');
  }

  async #openId(): Promise<string> {
    return (await this.#session.openRuns(this.#id))[0]?.runId ?? '';
  }

  async #commitRunning(): Promise<void> {
    await assert.rejects(this.#session.commitRun(this.#id, await this.#openId()), { code: 'conversation_busy' });
  }

  async #commit(): Promise<void> {
    await this.#session.commitRun(this.#id, await this.#openId());
    this.#model.history.push(...completed(this.#model.open?.items ?? [], 'aborted'));
    this.#model.open = undefined;
  }

  async #discard(): Promise<void> {
    await this.#session.discardRun(this.#id, await this.#openId());
    this.#model.open = undefined;
  }

  async #compare(log: readonly string[]): Promise<void> {
    const history = (await this.#session.loadItems(this.#id)).map(short);
    const open = (await this.#session.openRuns(this.#id)).map(({ items, state }) => ({
      items: items.map(short),
      state,
    }));
    const expected = { history: this.#model.history, open: this.#model.open ? [this.#model.open] : [] };
    assert.deepEqual({ history, open }, expected, `after ${log.join(', ')}`);
  }
}

const isPlain = (text: string) => /^n\d+$/.test(text);

/** What happens to a run, in its order, for one who waits. */
class Events {
  readonly #kept: string[] = [];
  #waiting: ((event: string) => void) | undefined;

  add(event: string): void {
    if (this.#waiting) this.#waiting(event);
    else this.#kept.push(event);
    this.#waiting = undefined;
  }

  async take(): Promise<string> {
    const kept = this.#kept.shift();
    if (kept !== undefined) return kept;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
