import { checkConversationId } from '../check.ts';
import type { Item } from '../items.ts';
import { type ChatGPTMessage, fields, timeOf, words } from './chatgpt-message.ts';
import { type ChatGPTNode, type ChatGPTPath, readTree } from './chatgpt-tree.ts';

/** Who the answers are by. */
const AGENT = 'ChatGPT';
/** The branch that a conversation begins with. */
const FIRST = 'main';
/** In UTF-8 three times as much, which every store takes. */
const LONGEST_LINE = 20 * 1024 * 1024;
const LONGEST_TOOL_NAME = 64;
/** How many messages before a fork its last landmark may lie. */
const FARTHEST = 4096;

export interface ConversationLines {
  id: string;
  /** In the format of `exportConversations`. */
  lines: string[];
  /** Of all messages. */
  uids: string[];
  /** Of those on the path that ChatGPT shows, in their order. */
  main: string[];
}

/** One conversation of a ChatGPT export; or why it is none, as the end of a sentence. */
export function conversationLines(conversation: unknown): ConversationLines | { flaw: string } {
  const { id, conversation_id, title, mapping, current_node, create_time } = fields(conversation);
  const chatgptId = words(conversation_id) || words(id);
  if (chatgptId === '') return { flaw: 'has no id' };
  if (!isConversationId(`chatgpt-${chatgptId}`)) return { flaw: 'has an id that no conversation can have' };
  if (typeof mapping !== 'object' || mapping === null) return { flaw: 'has no messages' };
  const { nodes, paths } = readTree(mapping, current_node);
  const createdAt =
    timeOf(create_time) ?? nodes.find(({ message }) => message.at)?.message.at ?? new Date().toISOString();
  const head = {
    type: 'conversation',
    id: `chatgpt-${chatgptId}`,
    title: words(title).toWellFormed(),
    metadata: { source: 'chatgpt', conversationId: chatgptId },
    createdAt,
  };
  const branches = new Branches(paths);
  const values = [head, ...branches.lines(createdAt), ...itemLines(nodes, branches, createdAt)];
  const lines = values.map((line) => JSON.stringify(line));
  if (lines.some(({ length }) => length > LONGEST_LINE)) return { flaw: 'has a message that is too large' };
  const uidsOf = (some: readonly ChatGPTNode[]) => some.map(({ uid }) => uid);
  return { id: head.id, lines, uids: uidsOf(nodes), main: uidsOf(paths[0]?.nodes ?? []) };
}

function isConversationId(id: string): boolean {
  try {
    checkConversationId(id);
    return true;
  } catch {
    return false;
  }
}

/** The paths of a conversation as branches of ours: the first is the active one, the others lie on shelves. */
class Branches {
  readonly #paths: readonly ChatGPTPath[];
  readonly #pathOf = new Map<ChatGPTNode, number>();

  constructor(paths: readonly ChatGPTPath[]) {
    this.#paths = paths;
    paths.forEach(({ nodes }, index) => {
      for (const node of nodes) this.#pathOf.set(node, index);
    });
  }

  shelfOf(node: ChatGPTNode): string | undefined {
    const index = this.#pathOf.get(node) ?? 0;
    return index === 0 ? undefined : `branch:${this.#idOf(index)}`;
  }

  lines(createdAt: string): object[] {
    if (this.#paths.length < 2) return [];
    return this.#paths.map(({ after, nodes }, index) => ({
      type: 'shelf',
      name: `branch:${this.#idOf(index)}`,
      note: {
        kind: 'branch',
        name: index === 0 ? FIRST : `branch ${index + 1}`,
        parent: after ? this.#idOf(this.#pathOf.get(after) ?? 0) : '',
        active: index === 0,
        at: index === 0 ? '' : (nodes.find(({ message }) => message.at)?.message.at ?? createdAt),
        after: landmarks(after),
      },
    }));
  }

  #idOf(index: number): string {
    return index === 0 ? FIRST : (this.#paths[index]?.nodes[0]?.uid ?? '');
  }
}

/** Messages before a fork, the nearest first and then always fewer. */
function landmarks(after: ChatGPTNode | undefined): string[] {
  const uids: string[] = [];
  let distance = 1;
  for (let node = after; node && distance <= FARTHEST; node = node.parent) {
    const isMark = distance <= 4 || Number.isInteger(Math.log2(distance));
    if (isMark) uids.push(node.uid);
    distance += 1;
  }
  return uids;
}

function itemLines(nodes: readonly ChatGPTNode[], branches: Branches, createdAt: string): object[] {
  const times = new Map<ChatGPTNode, string>();
  return nodes.map((node) => {
    const { message, parent, uid } = node;
    const at = message.at ?? (parent && times.get(parent)) ?? createdAt;
    times.set(node, at);
    const shelf = branches.shelfOf(node);
    const agent = message.role === 'assistant' || message.role === 'tool' ? AGENT : null;
    return { type: 'item', uid, agent, run: null, turn: null, at, ...(shelf && { shelf }), item: itemOf(node) };
  });
}

/** A model gets a call only with its output, and an output only with its call: what has no partner becomes text. */
function itemOf(node: ChatGPTNode): Item {
  const { message, parent } = node;
  const { role, tool, text } = message;
  if (role === 'tool') {
    if (parent && isCall(parent)) return { type: 'function_call_output', call_id: callId(parent), output: text };
    return { role: 'assistant', content: `[${toolName(tool)}]\n\n${text}` };
  }
  if (isCall(node)) {
    return { type: 'function_call', call_id: callId(node), name: toolName(tool), arguments: argumentsOf(message) };
  }
  const isAnswerless = role === 'assistant' && tool !== undefined;
  return { role, content: isAnswerless ? `[${toolName(tool)}]\n\n${text}` : text };
}

/** Whatever path goes on behind it must go on with an output. */
function isCall({ message: { role, tool }, children }: ChatGPTNode): boolean {
  if (role !== 'assistant' || tool === undefined || children.length === 0) return false;
  return children.every(({ message }) => message.role === 'tool');
}

function callId({ uid }: ChatGPTNode): string {
  return uid.replace(/^chatgpt/, 'call');
}

function toolName(tool = ''): string {
  return tool.replace(/[^\w-]+/g, '_').slice(0, LONGEST_TOOL_NAME) || 'tool';
}

/** Some tools are called with an object, others with a text, such as code. */
function argumentsOf({ text }: ChatGPTMessage): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  } catch {
    // It is a text.
  }
  return JSON.stringify({ input: text });
}
