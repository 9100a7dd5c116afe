import { Agent, tool } from 'agents-wasm';

const rollDice = tool({
  name: 'roll_dice',
  description: 'Rolls dice and gives what each shows.',
  parameters: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, maximum: 20, description: 'How many dice.' },
      sides: { type: ['integer', 'null'], description: 'The sides of each; null for the usual six.' },
    },
    required: ['count', 'sides'],
    additionalProperties: false,
  },
  execute({ count, sides }: { count: number; sides: number | null }) {
    const highest = sides ?? 6;
    if (!(count >= 1 && count <= 20 && highest >= 2)) throw new Error('Roll 1 to 20 dice of at least two sides.');
    return Array.from({ length: count }, () => 1 + Math.floor(Math.random() * highest)).join(', ');
  },
});

const currentTime = tool({
  name: 'current_time',
  description: 'The date and time, here or in another place.',
  parameters: {
    type: 'object',
    properties: {
      place: {
        type: ['string', 'null'],
        description: 'A large city or an IANA time zone; null for where the user is.',
      },
    },
    required: ['place'],
    additionalProperties: false,
  },
  execute({ place }: { place: string | null }) {
    const timeZone = place ? timeZoneOf(place) : undefined;
    const now = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone });
    return `${now.format(new Date())}${place ? ` in ${place}` : ''}`;
  },
});

/** Time zones are named after their largest cities: "New York" is America/New_York. */
function timeZoneOf(place: string): string {
  const wanted = place.trim().toLowerCase().replace(/\s+/g, '_');
  const zone = Intl.supportedValuesOf('timeZone').find((name) => {
    const known = name.toLowerCase();
    return known === wanted || known.endsWith(`/${wanted}`);
  });
  if (zone) return zone;
  throw new Error(`No time zone is named after ${place}. Give a larger city of its zone, or the zone's name.`);
}

/** Who answers on this page. */
export const agent = new Agent({
  name: 'assistant',
  instructions:
    'You are a helpful assistant in a demo of an agent library that remembers conversations. Answer briefly, in plain ' +
    'text without Markdown; only code may stand between ``` fences. Use the tools when they fit.',
  tools: [rollDice, currentTime],
});

/** What a newcomer may try. */
export const PROMPTS = ["Hello, I'm John", "What's my name?", 'Roll 3 dice', 'What time is it in Tokyo?'];
