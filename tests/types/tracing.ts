// Only compiled: what a caller's compiler makes of tracing.
import { BatchTraceProcessor, OpenAITracingExporter } from '@openai/agents';
import {
  Agent,
  ConsoleProcessor,
  fromSdkProcessor,
  MemoryProcessor,
  OpenAIProcessor,
  run,
  setTracing,
  type Trace,
  type TracingProcessor,
  withTrace,
} from 'agents-wasm';

import { type Equal, is } from './equal.ts';

// The SDK's processors fit.
const theirs: TracingProcessor = fromSdkProcessor(new BatchTraceProcessor(new OpenAITracingExporter()));
setTracing({ processors: [theirs, new ConsoleProcessor(), new OpenAIProcessor(), new MemoryProcessor()] });

const made = withTrace('name', async (trace) => {
  is<Equal<typeof trace, Trace>>();
  await run(new Agent({ name: 'a' }), 'hi', { runConfig: { tracing: { trace } } });
  return 1;
});
is<Equal<typeof made, Promise<number>>>();

for (const { spanData } of new MemoryProcessor().spans) {
  if (spanData.type !== 'function') continue;
  is<Equal<typeof spanData.output, string | undefined>>();
}

// @ts-expect-error: a processor has all of its functions
setTracing({ processors: [{ onTraceStart() {} }] });
