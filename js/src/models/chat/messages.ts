import { UserError } from '../../errors.ts';
import type { Item } from '../../items.ts';
import type { ModelRequest } from '../model.ts';
import { plainText, userContent } from './parts.ts';
import { type ChatCall, type ChatMessage, fieldsOf, listOf } from './wire.ts';

/** Items that tell what the API did by itself: the answer behind them says what came of it. */
const TOLD_ELSEWHERE = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
  'mcp_list_tools',
]);

const OUTPUTS = new Set(['function_call_output', 'custom_tool_call_output']);

/** What the model is sent, as the messages of a chat. Fails with a UserError where a chat has no place for an item. */
export function messagesFrom({ instructions, input }: Pick<ModelRequest, 'instructions' | 'input'>): ChatMessage[] {
  const chat = new Chat();
  if (instructions !== '') chat.say({ role: 'system', content: instructions });
  for (const item of input) chat.add(item);
  return chat.end();
}

/** A turn of the model is several items and one message: text, refusal, reasoning and calls. */
class Chat {
  readonly #messages: ChatMessage[] = [];
  #answer: ChatMessage | undefined;
  #reasoning = '';

  add(item: Item): void {
    const { type = 'message', call_id: id, name } = item;
    if (type === 'message') this.#message(item);
    else if (type === 'reasoning') this.#think(item);
    else if (type === 'function_call')
      this.#call({ id, type: 'function', function: { name, arguments: item.arguments } });
    else if (type === 'custom_tool_call') this.#call({ id, type: 'custom', custom: { name, input: item.input } });
    else if (OUTPUTS.has(type)) {
      this.say({ role: 'tool', tool_call_id: id, content: plainText(item.output, 'the output of a tool') });
    } else if (!TOLD_ELSEWHERE.has(type)) {
      throw new UserError('user_error', `Chat Completions has no place for an item of the type '${type}'.`);
    }
  }

  /** Adds a message that is not the model's. */
  say(message: ChatMessage): void {
    this.#endAnswer();
    this.#messages.push(message);
  }

  end(): ChatMessage[] {
    this.#endAnswer();
    return this.#messages;
  }

  #message({ role, content }: Item): void {
    if (role === 'assistant') this.#answered(content);
    else if (role === 'user') this.say({ role, content: userContent(content) });
    else this.say({ role: 'system', content: plainText(content, 'instructions') });
  }

  #answered(content: unknown): void {
    // A second message of the model's is one of its own.
    if (this.#answer?.content !== undefined) this.#endAnswer();
    const answer = this.#current();
    const isRefusal = (part: unknown) => typeof fieldsOf(part).refusal === 'string';
    const said = typeof content === 'string' ? content : listOf(content).filter((part) => !isRefusal(part));
    answer.content = plainText(said, "a model's answer");
    const refusals = listOf(content).filter(isRefusal);
    if (refusals.length > 0) answer.refusal = refusals.map((part) => fieldsOf(part).refusal).join('');
  }

  #think({ content }: Item): void {
    for (const part of listOf(content)) this.#reasoning += fieldsOf(part).text ?? '';
  }

  #call(call: ChatCall): void {
    const answer = this.#current();
    answer.tool_calls ??= [];
    answer.tool_calls.push(call);
  }

  #current(): ChatMessage {
    this.#answer ??= { role: 'assistant' };
    return this.#answer;
  }

  #endAnswer(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    const reasoning = this.#reasoning;
    this.#reasoning = '';
    if (!answer) return;
    // Servers that reason want to see why a tool was called, and nothing of what they thought beside.
    if (reasoning !== '' && answer.tool_calls) answer.reasoning_content = reasoning;
    answer.content ??= null;
    this.#messages.push(answer);
  }
}
