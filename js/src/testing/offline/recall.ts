import type { Chat } from './chat.ts';
import type { Memory } from './memory.ts';
import { canonical, sentenceCase } from './words.ts';

const OWN = [
  /\b(?:what|which|who|when|where|how)(?:['’]s| is| are| was)\s+(?:my|our)\s+(.+?)(?:\s+called)?\s*[?.!]*$/i,
  /\b(?:know|remember|recall|tell me|remind me)(?: again)?(?: of)?(?: (?:what|who|which|when|where))?\s+(?:my|our)\s+(.+?)(?:\s+(?:is|are|was|again))*\s*[?.!]*$/i,
];
const THING = /\b(?:what|which|who|when|where)(?:['’]s| is| are| was)\s+(?:the\s+)(.+?)\s*[?.!]*$/i;
const TOPIC_QUESTIONS: [RegExp, string, string][] = [
  [/\bwho am I\b/i, 'name', 'your name'],
  [/\bhow old am I\b/i, 'age', 'your age'],
  [/\bwhere do I live\b/i, 'home', 'where you live'],
  [/\bwhere (?:am I|do I come) from\b/i, 'origin', 'where you come from'],
  [/\bwhere do I work\b|\bwhat(?: do I do|['’]s my job| is my job)\b/i, 'work', 'where you work'],
  [/\bwhat do I (?:like|love|enjoy)\b/i, 'likes', 'what you like'],
];

/** Answers a question about one thing, or a few, from what was told before. */
export function recall(chat: Chat): string | undefined {
  const { message } = chat;
  const topic = TOPIC_QUESTIONS.find(([asked]) => asked.test(message));
  const own = OWN.map((asked) => asked.exec(message)?.[1]).find((found) => found !== undefined);
  const thing = THING.exec(message)?.[1];
  if (!topic && own === undefined && thing === undefined) return undefined;

  const { memory } = chat;
  if (topic) return memory.facts.get(topic[1])?.sentence ?? `You have not told me ${topic[2]} yet.`;
  if (own !== undefined && !/^(?:last|previous|first|very first) (?:message|question)/.test(own)) {
    return things(own)
      .map((key) => tell(key, memory))
      .join(' ');
  }
  return memory.facts.get(canonical(thing ?? ''))?.sentence;
}

/** Answers a question about everything that was told. */
export function recallAll(chat: Chat): string | undefined {
  const asked =
    /\bwhat (?:do you (?:know|remember)(?: about me)?|did I (?:tell you|ask you to remember))\s*(?:\?|$)|\bwhat do you (?:know|remember) about me\b/i;
  if (!asked.test(chat.message)) return undefined;
  const { memory } = chat;
  const all = [
    ...[...memory.facts.values()].map(({ sentence }) => sentence),
    ...memory.notes.map((note) => `${sentenceCase(note)}.`),
  ];
  return all.length > 0 ? `This is what you told me. ${all.join(' ')}` : 'You have not told me anything about you yet.';
}

/** What the user has told about a thing. */
export function known(chat: Chat, thing: string): string | undefined {
  return chat.memory.facts.get(canonical(thing))?.value;
}

function things(asked: string): string[] {
  return asked
    .split(/\s*(?:,|\band\b)\s*(?:my\s+|what\s+)*/)
    .filter(Boolean)
    .map(canonical);
}

function tell(key: string, memory: Memory): string {
  const fact = memory.facts.get(key) ?? memory.facts.get(ALIASES[key] ?? '');
  return fact?.sentence ?? `You have not told me your ${key} yet.`;
}

const ALIASES: Record<string, string> = { age: 'age', home: 'home', job: 'work', 'first name': 'name', hobby: 'likes' };
