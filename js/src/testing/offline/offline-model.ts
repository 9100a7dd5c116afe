import type { Model, ModelOutput, ModelRequest } from '../model.ts';
import { Chat } from './chat.ts';
import { Finder } from './finder.ts';
import { fit } from './fit-schema.ts';
import { known } from './recall.ts';
import { replyTo } from './rules.ts';
import { reportOutputs, toolCalls } from './tools.ts';

/**
 * A model that works by rules and without a network. It computes each answer from the context it is sent and
 * keeps nothing of its own: what it remembers stands in the history. It says that it is offline when asked.
 *
 * Tools are called once for a message, also with `tool_choice: 'required'`: after their outputs comes the answer.
 */
export class OfflineModel implements Model {
  readonly id = 'offline-1';

  respond(request: ModelRequest): ModelOutput[] {
    const chat = new Chat(request.input, request.instructions);
    const report = reportOutputs(request.input);
    const calls = report === undefined ? toolCalls(request, chat) : [];
    return calls.length > 0 ? calls : [{ type: 'text', text: shaped(report ?? replyTo(chat), request, chat) }];
  }
}

/** The answer in the format that was asked for. */
function shaped(answer: string, { textFormat }: ModelRequest, chat: Chat): string {
  if (textFormat.type === 'json_object') return JSON.stringify({ answer });
  if (textFormat.type !== 'json_schema' || !textFormat.schema) return answer;
  const { schema } = textFormat;
  return JSON.stringify(
    fit(schema, { finder: new Finder(chat.message, (thing) => known(chat, thing)), root: schema, text: answer }),
  );
}
