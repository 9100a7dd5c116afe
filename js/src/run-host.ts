import { kindOf, messageOf } from './check.ts';
import type { Message, Reply, Ticket } from './core.ts';
import { UserError } from './errors.ts';
import { takeFatal } from './fatal.ts';
import { inputSources } from './input-sources.ts';
import { encodeItems, type Item, parseJson } from './items.ts';
import { modelOf } from './models/agent-model.ts';
import type { Model } from './models/model.ts';
import type { OpenAISettings } from './openai.ts';
import { type AgentParts, type AnyAgent, toolNamed } from './run-graph.ts';
import { hooksOf, type RunParts } from './run-parts.ts';
import type { Session } from './sessions/session.ts';
import type { InvokeDetails } from './tool.ts';
import type { ToolGuardrailResult } from './tool-guardrail.ts';
import { isWireParts, outputText } from './tool-output.ts';
import { contextOfCall } from './tracing/call-tracing.ts';
import type { RunTracing } from './tracing/run-tracing.ts';

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
  readonly #run: RunParts;
  readonly #models: (Model | string)[];
  readonly #session: Session | undefined;
  readonly #inputCallback: SessionInputCallback | undefined;

  constructor(
    run: RunParts,
    parts: { api: OpenAISettings; session: Session | undefined; inputCallback: SessionInputCallback | undefined },
  ) {
    this.api = parts.api;
    this.#run = run;
    this.#models = run.graph.map(({ agent }) => modelOf(agent, run.settings.model, parts.api));
    this.#session = parts.session;
    this.#inputCallback = parts.inputCallback;
  }

  /** Of an agent that has a model of the caller's. */
  modelOf(agent: number): Model {
    return this.#models[agent] as Model;
  }

  get tracing(): RunTracing | undefined {
    return this.#run.tracing;
  }

  async callTool({ head, body }: Message, { signal }: Ticket): Promise<Reply> {
    const { agent, tools } = this.#run.graph[head.agent ?? 0] as AgentParts;
    const { found, tracing } = this.#run;
    const tool = toolNamed(tools, head.name);
    const { callId } = head;
    const context = tracing ? contextOfCall(this.#run.context, tracing, callId) : this.#run.context;
    const text = decoder.decode(body);
    const toolCall = { type: 'function_call', call_id: callId, name: tool.name, arguments: text };
    const heard = (result: ToolGuardrailResult) => void found.toolGuardrailResults.push(result);
    try {
      await this.#tell('onToolStart', agent, [tool, { toolCall }]);
      const details: InvokeDetails = { callId, signal, toolCall, agent, heard };
      const output = await tool.invoke(JSON.parse(text), context, details);
      await this.#tell('onToolEnd', agent, [tool, output, { toolCall }]);
      const head = isWireParts(output) ? { json: true } : undefined;
      return { head, body: encoder.encode(outputText(output)) };
    } catch (cause) {
      if (takeFatal(cause)) throw cause;
      tracing?.toolFailed(callId, cause);
      // Whatever it was, also a failure of ours from inside the tool: the model is told of it.
      throw new UserError('callback_failed', messageOf(cause), { cause });
    }
  }

  /** Runs without guardrails, filters and the like need no code for them. */
  async callback(message: Message): Promise<Reply> {
    const { answerCallback } = await import('./run-callbacks.ts');
    return answerCallback(this.#run, message);
  }

  async #tell(name: 'onToolStart' | 'onToolEnd', agent: AnyAgent, details: unknown[]): Promise<void> {
    for (const hooks of hooksOf(this.#run, agent)) {
      await (hooks[name] as ((...args: unknown[]) => unknown) | undefined)?.(this.#run.context, agent, ...details);
    }
  }

  /** Tells the core of each item that came back which one it was. */
  async shapeInput({ body }: Message): Promise<Reply> {
    const given = parseJson<{ history: Item[]; input: Item[] }>(body);
    const callback = this.#inputCallback as SessionInputCallback;
    const history = [...given.history];
    const shaped = await callback(history, [...given.input]);
    if (!Array.isArray(shaped)) {
      throw new UserError(
        'user_error',
        `sessionInputCallback must return an array of items, but returned ${kindOf(shaped)}.`,
      );
    }
    const head = inputSources(given, history, shaped);
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
