import { Agent } from '../../agent.ts';
import { UserError } from '../../errors.ts';
import type { OpenAIOptions } from '../../openai.ts';
import type { RunOptions } from '../../run-options.ts';
import { type Report, reporter } from '../hooks.ts';
import { Refusal } from '../refusal.ts';
import { Secrets } from '../secrets.ts';
import type { AgentsObjectOptions, AnyAgent, DurableObjectLike } from './options.ts';

export interface SurroundingsOf<Env> {
  env: Env;
  ctx: DurableObjectLike;
  principal(): string;
}

/** What the options and the environment say of an object's runs. */
export class Surroundings<Env = unknown> {
  readonly #options: AgentsObjectOptions<Env>;
  readonly #of: SurroundingsOf<Env>;
  readonly #openai: OpenAIOptions | undefined;
  readonly #secrets: Secrets;
  readonly report: Report;

  constructor(options: AgentsObjectOptions<Env>, of: SurroundingsOf<Env>) {
    const { openai } = options;
    this.#options = options;
    this.#of = of;
    this.#openai = typeof openai === 'function' ? openai(of.env) : openai;
    const { apiKey = '', headers = {} } = this.#openai ?? {};
    this.#secrets = new Secrets([apiKey, ...Object.values(headers)]);
    this.report = reporter(options.onError, this.#secrets, 'agentsObject');
  }

  /** Takes what identifies the account out of a text. */
  hide(text: string): string {
    return this.#secrets.hide(text);
  }

  /** Who answers. Throws a `Refusal` where that is none that may be asked. */
  agentFor(name: string | undefined, conversation: string): AnyAgent {
    const { agent } = this.#options;
    const found = agent instanceof Agent ? agent : agent(name, this.#place(conversation));
    if (found === undefined || (found === agent && name !== undefined && name !== found.name)) {
      throw new Refusal(404, 'agent_not_found', 'There is no such agent.', { param: 'agent' });
    }
    if (found instanceof Agent) return found;
    throw new UserError('invalid_argument', 'The function given as agent must give an Agent or undefined.');
  }

  optionsFor(conversation: string): RunOptions {
    const { context, run, tracing } = this.#options;
    const { env, ctx } = this.#of;
    return {
      ...run,
      ...(context && { context: context(this.#place(conversation)) }),
      runConfig: {
        ...(this.#openai && { openai: this.#openai }),
        ...(tracing && { tracing: tracing(env, { waitUntil: (work) => ctx.waitUntil(work) }) }),
      },
    };
  }

  #place(conversationId: string) {
    return { env: this.#of.env, principal: this.#of.principal(), conversationId };
  }
}
