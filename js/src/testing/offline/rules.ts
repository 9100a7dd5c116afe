import type { Chat } from './chat.ts';
import { learn } from './learn.ts';
import { recall, recallAll } from './recall.ts';
import { sumUp } from './sums.ts';

/** Answers what it has an answer for, and nothing else. */
type Rule = (chat: Chat) => string | undefined;

const WHO_I_AM =
  'I am offline-1, the offline demo model. I have no intelligence: I work by simple rules, on this device, and I know only what stands in the messages I am sent.';

const WHAT_I_CAN_DO =
  'I remember what you tell me: try “Hello, I’m John”, then “What’s my name?”, or “My favourite colour is blue”. I can also count our messages, repeat what you said, do sums such as 12 × 7, tell a story, and call a tool that I was given.';

const STORY =
  'Once there was a lighthouse keeper who wrote down every ship that passed. One night a storm took the roof, and the rain ran into the old brass lamp until it went out. The keeper could not see the sea any more, so he opened his book and read aloud, name by name, the ships he expected before morning. Down on the water a captain heard his own ship called out of the dark, turned the wheel a little to the left, and missed the rocks by the length of a rope. In the morning the keeper added one line to the book. It said: remembered in time.';

const RULES: Rule[] = [
  when(
    /\b(?:who|what) are you\b|\bare you (?:an?|the|real|human|chatgpt|gpt|intelligent)\b|\b(?:what|which) model\b|\byour name\b/i,
    () => WHO_I_AM,
  ),
  when(/\bwhat can (?:you|I) (?:do|ask)\b|^\s*help\b|\bhow do(?:es)? (?:you|this) work\b/i, () => WHAT_I_CAN_DO),
  recallAll,
  recall,
  countMessages,
  repeatSaid,
  instructions,
  (chat) => sumUp(chat.message),
  countTo,
  when(/\b(?:tell|write)\b.*\bstory\b/i, () => STORY),
  sayAfterMe,
  learn,
  when(
    /\bhow are you\b|\bhow do you do\b/i,
    () => 'Very well, thank you. Rules do not get tired. What would you like me to remember?',
  ),
  when(/^\s*(?:I['’]?m|I am) (?:fine|good|great|well|ok|okay|happy)\b/i, () => 'I am glad to hear it.'),
  when(/^\s*(?:many )?(?:thanks|thank you|cheers)\b/i, () => 'You are welcome.'),
  when(/^\s*(?:good ?bye|bye|see you|good night)\b/i, () => 'Goodbye. What you told me stays in this conversation.'),
  when(/^\s*(?:hello|hi|hey|good (?:morning|afternoon|evening|day))\b/i, greet),
];

/** The answer of the first rule that has one, or a word on what the rules can do. */
export function replyTo(chat: Chat): string {
  for (const rule of RULES) {
    const answer = rule(chat);
    if (answer !== undefined) return answer;
  }
  if (chat.message === '') return WHO_I_AM;
  return `I have no rule for that, since I am only the offline demo model. ${WHAT_I_CAN_DO}`;
}

function greet(chat: Chat): string {
  const name = chat.memory.facts.get('name')?.value;
  if (name) return `Hello ${name}. What can I do for you?`;
  return 'Hello. I am the offline demo model: I work by rules and remember what you tell me. What is your name?';
}

function when(pattern: RegExp, answer: (chat: Chat) => string): Rule {
  return (chat) => (pattern.test(chat.message) ? answer(chat) : undefined);
}

function countMessages(chat: Chat): string | undefined {
  if (!/\bhow many (?:messages|questions|times|things)\b|\bcount (?:my|our|the) messages\b/i.test(chat.message))
    return undefined;
  const yours = chat.fromUser.length;
  const mine = chat.fromAssistant.length;
  return `You have sent ${count(yours, 'message')}, this one included, and I have answered ${count(mine, 'time')}.`;
}

function repeatSaid(chat: Chat): string | undefined {
  const { message } = chat;
  if (
    /\bwhat did you (?:just )?(?:say|answer)\b|\b(?:your|the) last answer\b|\brepeat (?:that|yourself)\b/i.test(message)
  ) {
    const last = chat.fromAssistant.at(-1);
    return last ? `I said: “${last}”` : 'I have not said anything yet.';
  }
  const last = /\bwhat did I (?:just |last )?(?:say|ask|write)\b|\bmy (?:last|previous) (?:message|question)\b/i;
  const first = /\bmy (?:very )?first (?:message|question)\b|\bwhat did I (?:say|ask) first\b/i;
  const earlier = chat.fromUser.slice(0, -1);
  if (first.test(message)) return quoteOf(earlier[0]);
  return last.test(message) ? quoteOf(earlier.at(-1)) : undefined;
}

function quoteOf(said: string | undefined): string {
  return said === undefined ? 'This is the first message that I was sent.' : `You said: “${said}”`;
}

function instructions(chat: Chat): string | undefined {
  if (!/\byour (?:instructions|system prompt)\b/i.test(chat.message)) return undefined;
  return chat.instructions ? `My instructions are: “${chat.instructions}”` : 'I was given no instructions.';
}

function countTo(chat: Chat): string | undefined {
  const last = Number(/\bcount (?:up )?to (\d{1,4})\b/i.exec(chat.message)?.[1]);
  if (!last) return undefined;
  return Array.from({ length: Math.min(last, 1000) }, (_, index) => index + 1).join(', ');
}

function sayAfterMe(chat: Chat): string | undefined {
  return /^\s*(?:please\s+)?(?:say|repeat(?: after me)?|echo)\s*:?\s+["“']?(.+?)["”']?\s*$/is.exec(chat.message)?.[1];
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
