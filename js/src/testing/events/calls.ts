import type { Item } from '../wire.ts';
import { cutOf, type Drafts, done, type Output, type Position, taken } from './draft.ts';

export function* functionCallEvents(output: Output<'function_call'>, at: Position): Drafts {
  const { name } = output;
  const text = typeof output.arguments === 'string' ? output.arguments : JSON.stringify(output.arguments);
  const callId = output.callId ?? at.ids.call();
  const call = (status: string, json: string): Item => ({
    id,
    type: 'function_call',
    status,
    arguments: json,
    call_id: callId,
    name,
  });

  const id = at.ids.item('function_call');
  const where = { item_id: id, output_index: at.outputIndex };
  yield { type: 'response.output_item.added', output_index: at.outputIndex, item: call('in_progress', '') };
  let json = '';
  for (const delta of taken(text, at.meter)) {
    json += delta;
    yield { type: 'response.function_call_arguments.delta', ...where, delta };
  }
  yield { type: 'response.function_call_arguments.done', ...where, arguments: json, name };
  const cut = cutOf(at.meter, output.cut);
  return yield* done(call(cut ? 'incomplete' : 'completed', json), at, cut);
}

export function* customCallEvents(output: Output<'custom_tool_call'>, at: Position): Drafts {
  const callId = output.callId ?? at.ids.call();
  const call = (status: string, input: string): Item => ({
    id,
    type: 'custom_tool_call',
    status,
    call_id: callId,
    input,
    name: output.name,
  });

  const id = at.ids.item('custom_tool_call');
  const where = { item_id: id, output_index: at.outputIndex };
  yield { type: 'response.output_item.added', output_index: at.outputIndex, item: call('in_progress', '') };
  let input = '';
  for (const delta of taken(output.input, at.meter)) {
    input += delta;
    yield { type: 'response.custom_tool_call_input.delta', ...where, delta };
  }
  yield { type: 'response.custom_tool_call_input.done', ...where, input };
  const cut = cutOf(at.meter);
  return yield* done(call(cut ? 'incomplete' : 'completed', input), at, cut);
}
