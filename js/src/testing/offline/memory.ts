import { canonical, sentences, toSecondPerson } from './words.ts';

const NOT_NAMES = new Set(
  `a an the here there back just so very really not now also afraid alone angry available bored busy cold confused curious
   done excited fine free from glad going good great happy hungry ill in into interested late looking lost new off ok okay
   on out over ready sad sick sorry still stuck sure thinking tired trying unable well working worried wondering your my
   at by for of to with writing english british american german french spanish italian`.split(/\s+/),
);

const NAME_WORD = "[\\p{L}][\\p{L}'’-]*";
// Both cases are spelt out: with the flag `i`, \\p{Lu} would match small letters too.
const SURNAMES = "(?:\\s+\\p{Lu}[\\p{L}'’-]*)*";
const SAYS_NAME = new RegExp(`\\b(?:[Mm]y [Nn]ame(?:['’]s| is)|[Cc]all me)\\s+(${NAME_WORD}${SURNAMES})`, 'u');
const IS_NAME = new RegExp(
  `\\b(?:[Ii]['’]?m|[Ii] am|[Tt]his is)\\s+(${NAME_WORD}${SURNAMES})(?=\\s*(?:$|[,.!?;&(]|(?:and|from|here|by)\\b))`,
  'u',
);

const OWN_FACT =
  /\b(?:my|our)\s+((?:(?!\b(?:is|are)\b)[^,.;!?]){1,60}?)\s+(is|are)\s+(.+?)(?=(?:,?\s+(?:and|but)\s+(?:my|our|I)\b)|[;!?]|\.(?:\s|$)|,\s+(?:my|our)\b|$)/giu;

/** Things people say about themselves without "my", what asks for them, and the answer. */
const REST = '([^,.;!?]+?)(?=\\s+(?:and|but)\\s+(?:I|my|we)\\b|[,.;!?]|$)';
const TOPICS: { name: string; told: RegExp; answer: (value: string) => string }[] = [
  {
    name: 'age',
    told: /\bI(?:['’]m| am) (\d{1,3})(?: years old\b|(?=\s*(?:[.,!]|$)))/i,
    answer: (age) => `You are ${age} years old.`,
  },
  { name: 'home', told: new RegExp(`\\bI live (?:in|at) ${REST}`, 'i'), answer: (place) => `You live in ${place}.` },
  {
    name: 'origin',
    told: new RegExp(`\\bI(?:['’]m| am| come) from ${REST}`, 'i'),
    answer: (place) => `You come from ${place}.`,
  },
  { name: 'work', told: new RegExp(`\\bI work (?=as|at|for|in)${REST}`, 'i'), answer: (work) => `You work ${work}.` },
  { name: 'likes', told: new RegExp(`\\bI (?:like|love|enjoy) ${REST}`, 'i'), answer: (thing) => `You like ${thing}.` },
];

const REMEMBER = /\b(?:please\s+)?(?:remember|note|keep in mind)(?:\s+that|\s*:|,)?\s+(.+)/is;
const ASKED_TO_REMEMBER = /\b(?:can|could|will|would) you (?:please )?(?:remember|note) that\b/i;
const THING = /^(?:the|a|an)?\s*(.+?)\s+(?:is|are)\s+(.+?)[.!]*$/i;

export interface Fact {
  /** What it is about: "name", "favourite colour", "home". */
  key: string;
  value: string;
  /** The fact as a sentence to the user. */
  sentence: string;
}

/** What the user has told, the latest word on each thing. */
export interface Memory {
  facts: Map<string, Fact>;
  /** What was to be remembered and is no fact with a name. */
  notes: string[];
}

/** Reads what the user has said, oldest message first, for what is worth knowing. */
export function remember(messages: readonly string[]): Memory {
  const memory: Memory = { facts: new Map(), notes: [] };
  for (const message of messages) {
    for (const sentence of sentences(message)) {
      if (!sentence.endsWith('?') || ASKED_TO_REMEMBER.test(sentence)) readSentence(sentence, memory);
    }
  }
  return memory;
}

function readSentence(sentence: string, memory: Memory): void {
  const before = memory.facts.size;
  const learn = (key: string, value: string, text: string) => {
    memory.facts.delete(key);
    memory.facts.set(key, { key, value, sentence: text });
  };
  const name = nameIn(sentence);
  if (name) learn('name', name, `Your name is ${name}.`);
  let found = name !== undefined;
  for (const { name: topic, told, answer } of TOPICS) {
    const value = told.exec(sentence)?.[1]?.trim();
    if (value) learn(topic, value, answer(value));
    found ||= value !== undefined;
  }
  for (const [, thing, verb, value] of sentence.matchAll(OWN_FACT)) {
    const key = canonical(thing!);
    found = true;
    if (key !== 'name')
      learn(key, trimEnd(value!), `Your ${key} ${verb!.toLowerCase()} ${trimEnd(toSecondPerson(value!))}.`);
  }
  const note = REMEMBER.exec(sentence)?.[1];
  if (!note || found || memory.facts.size > before) return;
  const [, thing, value] = THING.exec(note) ?? [];
  if (thing && value) learn(canonical(thing), trimEnd(value), `The ${canonical(thing)} is ${trimEnd(value)}.`);
  else memory.notes.push(trimEnd(toSecondPerson(note)));
}

/** The name that a sentence introduces its speaker with. */
function nameIn(sentence: string): string | undefined {
  const said = SAYS_NAME.exec(sentence)?.[1];
  if (said) return capitalised(said);
  const name = IS_NAME.exec(sentence)?.[1];
  const first = name?.split(/\s/)[0]?.toLowerCase();
  if (!name || !first || NOT_NAMES.has(first) || first.endsWith('ing')) return undefined;
  const looksLikeName = /^\p{Lu}/u.test(name) || /^(?:hello|hi|hey|good (?:morning|day|evening))\b/i.test(sentence);
  return looksLikeName ? capitalised(name) : undefined;
}

function capitalised(name: string): string {
  return name.trim().replace(/(^|\s)(\p{Ll})/gu, (_, space, letter) => space + letter.toUpperCase());
}

function trimEnd(text: string): string {
  return text.trim().replace(/[.!?,;]+$/, '');
}
