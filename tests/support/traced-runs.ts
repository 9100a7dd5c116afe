import { Agent, MemoryProcessor, type RunConfig, tool } from 'agents-wasm';
import type { Turn } from 'agents-wasm/testing';

import { localApi } from './local-api.ts';

export const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => String(a + b) });
export const agent = new Agent({ name: 'A', instructions: 'Be brief.', tools: [add] });

/** A turn of the model that calls `add`. */
export const sum = { calls: [{ name: 'add', arguments: { a: 1, b: 2 }, callId: 'c1' }] };

/** The config of a run that is answered with these turns, and where its trace goes. */
export function traced(turns: Iterable<Turn>, more: RunConfig['tracing'] = {}) {
  const memory = new MemoryProcessor();
  const { server, runConfig } = localApi(turns);
  return { memory, server, runConfig: { ...runConfig, tracing: { processors: [memory], ...more } } };
}
