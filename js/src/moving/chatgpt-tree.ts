import { type ChatGPTMessage, fields, list, readMessage } from './chatgpt-message.ts';

/** A message with its place among the others. */
export interface ChatGPTNode {
  /** Names it in its conversation, and the same in every export. */
  uid: string;
  message: ChatGPTMessage;
  /** The message before it that is shown. */
  parent: ChatGPTNode | undefined;
  children: ChatGPTNode[];
}

/** A conversation from one end of the tree to where it joins what another path has. */
export interface ChatGPTPath {
  /** Behind which message it begins; at the very beginning without one. */
  after: ChatGPTNode | undefined;
  nodes: ChatGPTNode[];
}

export interface ChatGPTTree {
  /** Each message comes behind the one that it answers. */
  nodes: ChatGPTNode[];
  /** First the path that ChatGPT shows. */
  paths: ChatGPTPath[];
}

const PLAIN_ID = /^[\w-]{1,50}$/;

/** The messages of a conversation that are shown, and the paths through them. */
export function readTree(mapping: unknown, current: unknown): ChatGPTTree {
  const { nodes, shownAt } = shownNodes(fields(mapping));
  return { nodes, paths: pathsThrough(nodes, shownAt.get(String(current))) };
}

interface Shown {
  nodes: ChatGPTNode[];
  /** Of each id in the mapping: the message, or the last one before it that is shown. */
  shownAt: Map<string, ChatGPTNode | undefined>;
}

/** Only the parents are believed: each node has one at most, so that whatever hangs together is a tree or a ring. */
function shownNodes(mapping: Record<string, unknown>): Shown {
  const ids = Object.keys(mapping);
  const numbers = new Map(ids.map((id, index) => [id, index]));
  const children = childrenOf(mapping, ids);
  const shown: Shown = { nodes: [], shownAt: new Map() };
  const walk = (root: string) => {
    const open: { id: string; parent: ChatGPTNode | undefined }[] = [{ id: root, parent: undefined }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { id, parent } = next;
      if (shown.shownAt.has(id)) continue;
      const node = nodeOf(mapping[id], PLAIN_ID.test(id) ? `chatgpt-${id}` : `chatgpt_${numbers.get(id)}`, parent);
      if (node) shown.nodes.push(node);
      shown.shownAt.set(id, node ?? parent);
      for (const child of [...(children.get(id) ?? [])].reverse()) open.push({ id: child, parent: node ?? parent });
    }
  };
  for (const id of ids) if (!numbers.has(parentOf(mapping[id]))) walk(id);
  // What is left goes round in rings: each is opened where it comes first.
  for (const id of ids) walk(id);
  return shown;
}

function nodeOf(entry: unknown, uid: string, parent: ChatGPTNode | undefined): ChatGPTNode | undefined {
  const message = readMessage(fields(entry).message);
  if (!message) return undefined;
  const node = { uid, message, parent, children: [] };
  parent?.children.push(node);
  return node;
}

function parentOf(entry: unknown): string {
  const { parent } = fields(entry);
  return typeof parent === 'string' ? parent : '';
}

/** In the order that the parent gives them, then those that it does not name. */
function childrenOf(mapping: Record<string, unknown>, ids: string[]): Map<string, Set<string>> {
  const children = new Map<string, Set<string>>();
  const add = (parent: string, id: string) => {
    if (!children.has(parent)) children.set(parent, new Set());
    children.get(parent)?.add(id);
  };
  for (const parent of ids) {
    for (const id of list(fields(mapping[parent]).children)) {
      if (typeof id === 'string' && Object.hasOwn(mapping, id) && parentOf(mapping[id]) === parent) add(parent, id);
    }
  }
  for (const id of ids) add(parentOf(mapping[id]), id);
  return children;
}

function pathsThrough(nodes: ChatGPTNode[], current: ChatGPTNode | undefined): ChatGPTPath[] {
  const roots = nodes.filter(({ parent }) => !parent);
  const main = lastOf(current ?? roots.at(-1));
  if (!main) return [];
  const leaves = nodes.filter((node) => node !== main && node.children.length === 0);
  const taken = new Set<ChatGPTNode>();
  return [main, ...leaves].map((leaf) => {
    const path: ChatGPTNode[] = [];
    let node: ChatGPTNode | undefined = leaf;
    for (; node && !taken.has(node); node = node.parent) {
      taken.add(node);
      path.push(node);
    }
    return { after: node, nodes: path.reverse() };
  });
}

/** The end of the conversation that goes on behind `node`, always by the newest answer. */
function lastOf(node: ChatGPTNode | undefined): ChatGPTNode | undefined {
  let last = node;
  while (last && last.children.length > 0) last = last.children.at(-1);
  return last;
}
