import type { Item } from '../wire.ts';
import { cutOf, type Drafts, done, type Output, type Position, taken } from './draft.ts';

export function* messageEvents(output: Output<'text'> | Output<'refusal'>, at: Position): Drafts {
  const isRefusal = output.type === 'refusal';
  const [kind, field] = isRefusal ? ['refusal', 'refusal'] : ['output_text', 'text'];
  const logprobs = isRefusal ? {} : { logprobs: [] };
  const id = at.ids.item('message');
  const part = (text: string) =>
    isRefusal ? { type: kind, refusal: text } : { type: kind, annotations: [], logprobs: [], text };
  const message = (status: string, content: unknown[]): Item => ({
    id,
    type: 'message',
    status,
    content,
    role: 'assistant',
  });

  const where = { item_id: id, output_index: at.outputIndex, content_index: 0 };
  yield { type: 'response.output_item.added', output_index: at.outputIndex, item: message('in_progress', []) };
  yield { type: 'response.content_part.added', ...where, part: part('') };
  let text = '';
  for (const delta of taken(output.text, at.meter)) {
    text += delta;
    yield { type: `response.${kind}.delta`, ...where, delta, ...logprobs };
  }
  yield { type: `response.${kind}.done`, ...where, [field]: text, ...logprobs };
  yield { type: 'response.content_part.done', ...where, part: part(text) };
  const cut = cutOf(at.meter, 'cut' in output ? output.cut : undefined);
  return yield* done(message(cut ? 'incomplete' : 'completed', [part(text)]), at, cut);
}
