import { OURS_API, peerProvider } from './api.ts';
import { answering, said } from './model.ts';

// memory-run.ts us|them: prints what one run adds to JavaScript's heap, to its ArrayBuffers and to WebAssembly's memory.

const COUNT = 10_000;
const items = Array.from({ length: COUNT }, (_, index) => {
  const text = `line ${index}: ${'some words that people use '.repeat(12)}`;
  return index % 2 === 0 ? { role: 'user', content: text } : { ...said(text), id: `msg_${index}` };
});
const { fetch } = answering([[said('We said a lot.')]]);

const memories: WebAssembly.Memory[] = [];
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, [module, imports]) {
    const instance = new target(module, imports);
    for (const one of Object.values(instance.exports)) if (one instanceof WebAssembly.Memory) memories.push(one);
    return instance;
  },
});

async function ours(): Promise<() => Promise<unknown>> {
  const { Agent, MemorySession, Runner } = await import('agents-wasm');
  const session = new MemorySession();
  await session.saveItems('bench', items);
  const runner = new Runner({ openai: { ...OURS_API, fetch } });
  const agent = new Agent({ name: 'assistant' });
  return () => runner.run(agent, 'And now?', { session, conversationId: 'bench' });
}

async function peers(): Promise<() => Promise<unknown>> {
  const { Agent, MemorySession, Runner, setTracingDisabled } = await import('@openai/agents');
  setTracingDisabled(true);
  const session = new MemorySession({ initialItems: items as never[] });
  const runner = new Runner({ modelProvider: peerProvider(fetch) });
  const agent = new Agent({ name: 'assistant' });
  return () => runner.run(agent, 'And now?', { session });
}

function taken(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers + memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

const run = await (process.argv[2] === 'us' ? ours() : peers());
await run();
globalThis.gc?.();
const before = taken();
await run();
const rise = taken() - before;
if (process.argv[2] === 'us' && memories.length === 0) throw new Error('The memory of the core was not seen.');
console.log(JSON.stringify({ rise, history: JSON.stringify(items).length }));
