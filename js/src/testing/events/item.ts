import { sealed, toldIn } from '../compaction/summary.ts';
import type { ModelOutput } from '../model.ts';
import type { Item } from '../wire.ts';
import { customCallEvents, functionCallEvents } from './calls.ts';
import { type Drafts, done, type Output, type Position } from './draft.ts';
import { messageEvents } from './message.ts';
import { reasoningEvents } from './reasoning.ts';

/** The events of one output item, from `output_item.added` to `output_item.done`, and the finished item. */
export function* itemEvents(output: Exclude<ModelOutput, { type: 'failed' }>, at: Position): Drafts {
  switch (output.type) {
    case 'text':
      return yield* messageEvents(output, at);
    case 'refusal':
      return yield* messageEvents(output, at);
    case 'reasoning':
      return yield* reasoningEvents(output, at);
    case 'function_call':
      return yield* functionCallEvents(output, at);
    case 'custom_tool_call':
      return yield* customCallEvents(output, at);
    case 'item':
      if (output.item.type === 'compaction') return yield* compactionEvents(output, at);
      return yield* wholeItemEvents(output, at);
  }
}

function* compactionEvents(output: Output<'item'>, at: Position): Drafts {
  const item = sealed({ ...output.item, id: output.item.id ?? at.ids.item('compaction') });
  const begun = { ...item, encrypted_content: '' };
  yield { type: 'response.output_item.added', output_index: at.outputIndex, item: begun };
  yield { type: 'response.compaction.compacting', item_id: item.id, output_index: at.outputIndex };
  at.meter.take(JSON.stringify(toldIn(item)));
  return yield* done(item, at);
}

/** An item of any other kind appears whole; while it is in progress a message shows no content yet. */
function* wholeItemEvents(output: Output<'item'>, at: Position): Drafts {
  const item: Item = { id: at.ids.item(output.item.type), ...output.item };
  const begun: Item = { ...item };
  if (item.status !== undefined) begun.status = 'in_progress';
  if (item.type === 'message') begun.content = [];
  yield { type: 'response.output_item.added', output_index: at.outputIndex, item: begun };
  at.meter.take(JSON.stringify(item));
  return yield* done(item, at);
}
