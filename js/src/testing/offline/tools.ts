import type { ModelOutput, ModelRequest } from '../model.ts';
import { type Item, isObject, type JsonSchema, type Tool, type ToolChoice } from '../wire.ts';
import { type Chat, textOf } from './chat.ts';
import { Finder } from './finder.ts';
import { fit } from './fit-schema.ts';
import { known } from './recall.ts';
import { enumerate, wordsOf } from './words.ts';

/** Words that name no subject: a tool is not meant because one of them occurs. */
const VAGUE = new Set(
  `a an and any are as at be by can current do for from get give given has have how i in into is it its list look lookup make
   me my new of on one or please return returns run send set show some tell tool that the their there this to up use user
   using value want what when where which who will with you your call find fetch function about details information search`.split(
    /\s+/,
  ),
);

/** The calls that the last message asks for; none when it asks for no tool that is at hand. */
export function toolCalls(request: ModelRequest, chat: Chat): ModelOutput[] {
  const { message } = chat;
  const tools = allowed(request.tools, request.toolChoice);
  const named = tools.filter((tool) => mentions(message, tool.name!));
  const best = named.length > 0 ? named : bestMatch(tools, message, mustCall(request.toolChoice));
  const calls = best.flatMap((tool) => callsOf(tool, chat));
  return request.parallelToolCalls ? calls : calls.slice(0, 1);
}

/** What the tools said after the last message, in a sentence each; nothing when none was called. */
export function reportOutputs(items: readonly Item[]): string | undefined {
  const lastMessage = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  const calls = new Map(items.filter(isCall).map((item) => [item.call_id, item.name]));
  const reports = items
    .slice(lastMessage + 1)
    .filter((item) => item.type === 'function_call_output' || item.type === 'custom_tool_call_output')
    .map((item) => `${calls.get(item.call_id) ?? 'The tool'} says: ${inWords(item.output)}`);
  return reports.length > 0 ? reports.join('\n') : undefined;
}

function isCall(item: Item): boolean {
  return item.type === 'function_call' || item.type === 'custom_tool_call';
}

function allowed(tools: readonly Tool[], choice: ToolChoice): Tool[] {
  const callable = tools.filter((tool) => (tool.type === 'function' || tool.type === 'custom') && tool.name);
  if (choice === 'none') return [];
  if (!isObject(choice)) return callable;
  const names: unknown[] = Array.isArray(choice.tools) ? choice.tools.map((tool) => tool.name) : [choice.name];
  return callable.filter((tool) => names.includes(tool.name));
}

function mustCall(choice: ToolChoice): boolean {
  if (!isObject(choice)) return choice === 'required';
  return choice.type !== 'allowed_tools' || choice.mode === 'required';
}

function mentions(message: string, name: string): boolean {
  return new RegExp(`(?<!\\w)${name}(?!\\w)`, 'i').test(message);
}

function bestMatch(tools: readonly Tool[], message: string, must: boolean): Tool[] {
  const words = wordsOf(message);
  const scored = tools.map((tool) => ({ tool, score: score(tool, words) })).sort((a, b) => b.score - a.score);
  const best = scored[0];
  return best && (must || best.score >= 2) ? [best.tool] : [];
}

/** Two for a word of the name, one for a word of the description. */
function score(tool: Tool, words: readonly string[]): number {
  const said = new Set(words.map(stem));
  const hits = (text: string) =>
    new Set(
      wordsOf(text)
        .filter((word) => !VAGUE.has(word))
        .map(stem)
        .filter((word) => said.has(word)),
    ).size;
  return 2 * hits(tool.name!) + hits(tool.description ?? '');
}

function stem(word: string): string {
  return word.length > 3 ? word.replace(/(?:es|s|ing|ed)$/, '') : word;
}

function callsOf(tool: Tool, chat: Chat): ModelOutput[] {
  const { message } = chat;
  const name = tool.name!;
  if (tool.type === 'custom') return [{ type: 'custom_tool_call', name, input: message }];
  const schema = tool.parameters ?? {};
  const places = onlyString(schema) ? Finder.places(message) : [];
  if (places.length > 1)
    return places.map((place) => ({ type: 'function_call', name, arguments: { [onlyString(schema)!]: place } }));
  const rest = message.replace(new RegExp(`(?<!\\w)${name}(?!\\w)`, 'gi'), '').trim();
  const finder = new Finder(rest, (thing) => known(chat, thing));
  const value = fit({ type: 'object', ...schema }, { finder, root: schema, text: rest || message });
  return [{ type: 'function_call', name, arguments: value }];
}

/** The name of the one parameter, when there is just one and it is a text: such a tool is called once for each place. */
function onlyString(schema: JsonSchema): string | undefined {
  const properties = Object.entries(isObject(schema.properties) ? schema.properties : {});
  const [name, property] = properties[0] ?? [];
  return properties.length === 1 && isObject(property) && property.type === 'string' && !property.enum
    ? name
    : undefined;
}

function inWords(output: unknown): string {
  const text = Array.isArray(output) ? textOf(output) : String(output ?? '');
  const value = parsed(text);
  if (value === undefined) return text.trim() || 'nothing';
  if (Array.isArray(value))
    return (
      enumerate(value.map((element) => String(isObject(element) ? JSON.stringify(element) : element))) || 'nothing'
    );
  return Object.entries(value)
    .map(([key, field]) => `${key} ${typeof field === 'object' ? JSON.stringify(field) : field}`)
    .join(', ');
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
