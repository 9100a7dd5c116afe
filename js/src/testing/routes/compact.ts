import type { Backend } from '../backend.ts';
import type { Call } from '../call.ts';
import { checkCompact } from '../check/compact.ts';
import { itemIds } from '../check/input.ts';
import { compactionItem, summarise } from '../compaction/summary.ts';
import { buildContext } from '../context.ts';
import { invalidUrl } from '../errors.ts';
import { ResponseIds } from '../ids.ts';
import { contextTokens, Meter } from '../meter.ts';
import { promptOf } from '../prompt-cache.ts';
import { sleep } from '../waiting.ts';
import { fitWindow } from '../window.ts';
import { checkModel } from './models.ts';

/** Every user message as it is, and one item that the rest is folded into. Nothing of it is stored. */
export async function compactContext(call: Call, backend: Backend): Promise<Response> {
  if (!backend.compact) throw invalidUrl(call.method, call.url.pathname);
  const request = checkCompact(call.json());
  if (backend.checkIds) itemIds(request.input, 'input');
  const createdAt = Math.floor(backend.now() / 1000);
  const ids = new ResponseIds(backend.random, createdAt);
  const { items } = fitWindow(buildContext(request, backend, ids), request, backend.contextWindow);
  checkModel(request.model, backend);
  await sleep(backend.latency.firstToken, call.signal);

  const tokens = contextTokens(items, request);
  const cached = backend.prompts.read(request.prompt_cache_key ?? '', promptOf(request, items), tokens);
  const told = summarise(items);
  const meter = new Meter(null);
  meter.take(JSON.stringify(told));
  const kept = items.filter((item) => item.type === 'message' && item.role === 'user');
  return Response.json({
    id: ids.response(),
    object: 'response.compaction',
    created_at: createdAt,
    output: [...kept, compactionItem({ told, isWhole: false }, ids.item('compaction'))],
    usage: meter.usage(tokens, cached),
  });
}
