import { kindOf, messageOf } from './check.ts';
import type { Message, Reply, Ticket } from './core.ts';
import { UserError } from './errors.ts';
import { encodeItems, type Item, parseJson } from './items.ts';
import { type RunPlace, setPlace } from './nesting.ts';
import type { OpenAISettings } from './openai.ts';
import type { Session } from './sessions/session.ts';
import { type FunctionTool, outputText, type RunContext } from './tool.ts';

/** Makes of the history and the new input what the model is sent. It may change what it is given: both are copies. */
export type SessionInputCallback = (
  history: Item[],
  newInput: Item[],
) => (Item | string)[] | Promise<(Item | string)[]>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the core asks for in the name of one run: the caller's functions, and the way to the API. */
export class RunHost {
  readonly api: OpenAISettings;
  readonly #tools: ReadonlyMap<string, FunctionTool>;
  readonly #context: RunContext;
  readonly #session: Session | undefined;
  readonly #inputCallback: SessionInputCallback | undefined;

  constructor(parts: {
    api: OpenAISettings;
    tools: readonly FunctionTool[];
    context: unknown;
    place: RunPlace;
    inputCallback: SessionInputCallback | undefined;
  }) {
    this.api = parts.api;
    this.#tools = new Map(parts.tools.map((one) => [one.name, one]));
    this.#context = { context: parts.context };
    setPlace(this.#context, parts.place);
    this.#session = parts.place.session;
    this.#inputCallback = parts.inputCallback;
  }

  async callTool({ head, body }: Message, ticket: Ticket): Promise<Reply> {
    const tool = this.#tools.get(head.name) as FunctionTool;
    const args = parseJson(body);
    const details = { callId: head.callId, signal: ticket.signal };
    try {
      const output = await tool.invoke(args, this.#context, details);
      return { body: encoder.encode(outputText(output)) };
    } catch (cause) {
      // Whatever it was, also a failure of ours from inside the tool: the model is told of it.
      throw new UserError('callback_failed', messageOf(cause), { cause });
    }
  }

  /** Tells the core of each item that came back which one it was; only identity here, equality is for the core. */
  async shapeInput({ body }: Message): Promise<Reply> {
    const { history, input } = parseJson<{ history: Item[]; input: Item[] }>(body);
    const sources = new Map<unknown, [string, number]>();
    history.forEach((item, index) => sources.set(item, ['history', index]));
    input.forEach((item, index) => sources.set(item, ['new', index]));
    const callback = this.#inputCallback as SessionInputCallback;
    const shaped = await callback([...history], [...input]);
    if (!Array.isArray(shaped)) {
      throw new UserError(
        'user_error',
        `sessionInputCallback must return an array of items, but returned ${kindOf(shaped)}.`,
      );
    }
    const head = shaped.map((item) => {
      const source = sources.get(item) ?? null;
      // An item that is returned twice is itself once.
      sources.delete(item);
      return source;
    });
    return { head, body: encodeItems(shaped, 'What sessionInputCallback returned') };
  }

  async loadItems({ head }: Message): Promise<Reply> {
    const session = this.#session as Session;
    const options = head.maxItems === undefined ? {} : { maxItems: head.maxItems };
    const items = await session.loadItems(head.conversationId, options);
    return { body: encodeItems(items, 'What loadItems returned') };
  }

  async saveItems({ head, body }: Message): Promise<undefined> {
    const session = this.#session as Session;
    const origins = head.origins.flatMap(({ count, agent, run, turn }: SavedBatch) => {
      const origin = {
        ...(agent ? { agent: { name: agent } } : {}),
        runId: run,
        ...(turn === undefined ? {} : { turn }),
      };
      return Array.from({ length: count }, () => origin);
    });
    const items = JSON.parse(decoder.decode(body));
    await session.saveItems(head.conversationId, items, { operationId: head.operationId, origins });
  }
}

interface SavedBatch {
  count: number;
  agent: string;
  run: string;
  turn?: number;
}
