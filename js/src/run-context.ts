/** What a run shares with its tools, guardrails and hooks. */
export interface RunContext<Context = unknown> {
  /** The run's `context` option, untouched. */
  readonly context: Context;
}

/** A function of the caller's. An agent for one context may be passed where nobody looks at the context. */
export type Callback<Arguments extends unknown[], Result> = { of(...args: Arguments): Result }['of'];

export type Awaitable<Value> = Value | Promise<Value>;
