import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createOpenAIServer } from 'agents-wasm/testing';

import { respond, textOf } from '../../support/responses-api.ts';

/** Says the messages one after the other, sending the whole history each time, and returns the answers. */
async function talk(...messages: string[]): Promise<string[]> {
  const server = createOpenAIServer();
  const input: object[] = [];
  const answers: string[] = [];
  for (const content of messages) {
    input.push({ role: 'user', content });
    const response = await respond(server, { input });
    input.push(...response.output);
    answers.push(textOf(response));
  }
  return answers;
}

/** The answer to the last of the messages. */
async function ask(...messages: string[]): Promise<string | undefined> {
  return (await talk(...messages)).at(-1);
}

test('the name it was told is greeted, and found again in the history', async () => {
  const [greeting, name] = await talk("Hello, I'm John", "What's my name?");
  assert.equal(greeting, 'Hello John, nice to meet you. I will remember that.');
  assert.equal(name, 'Your name is John.');
});

test('a name is understood however it is told', async () => {
  for (const [said, name] of [
    ['My name is Mary Ann Smith', 'Mary Ann Smith'],
    ["hi, i'm bob", 'Bob'],
    ['I am José and I like tea', 'José'],
    ['Call me Ishmael.', 'Ishmael'],
    ['Good morning! I’m Zoë, by the way', 'Zoë'],
  ]) {
    assert.equal(await ask(said!, 'Do you remember my name?'), `Your name is ${name}.`);
  }
});

test('it does not take for a name what is none', async () => {
  for (const said of ["I'm fine", "Hi, I'm looking for help", "I'm from Paris", 'I am a Baker', 'Is my name John?']) {
    assert.equal(await ask(said, "What's my name?"), 'You have not told me your name yet.');
  }
});

test('it remembers what it was told, the latest word on each thing', async () => {
  const told = [
    'my favourite colour is red',
    "My favorite color is blue and my dog's name is Rex.",
    'I live in Berlin, I am 42',
  ];
  assert.equal(await ask(...told, "What's my favourite colour?"), 'Your favourite colour is blue.');
  assert.equal(await ask(...told, "do you know my dog's name?"), "Your dog's name is Rex.");
  assert.equal(await ask(...told, 'Where do I live?'), 'You live in Berlin.');
  assert.equal(await ask(...told, 'How old am I?'), 'You are 42 years old.');
  assert.equal(await ask(...told, "What's my cat's name?"), "You have not told me your cat's name yet.");
});

test('it keeps what it is asked to keep', async () => {
  const told = ["Hello, I'm John", 'Remember that the door code is 1234.', 'Can you remember that I hate onions?'];
  assert.equal(await ask(...told, 'What is the door code?'), 'The door code is 1234.');
  assert.equal(
    await ask(...told, 'What do you remember?'),
    'This is what you told me. Your name is John. The door code is 1234. You hate onions.',
  );
});

test('it knows nothing beyond the history it is sent', async () => {
  const server = createOpenAIServer();
  await respond(server, { input: "Hello, I'm John" });
  assert.equal(textOf(await respond(server, { input: "What's my name?" })), 'You have not told me your name yet.');
});

test('it remembers over a chain of stored responses', async () => {
  const server = createOpenAIServer();
  const first = await respond(server, { input: "Hello, I'm John" });
  const second = await respond(server, { input: "What's my name?", previous_response_id: first.id });
  assert.equal(textOf(second), 'Your name is John.');
});

test('it says that it is offline and has no intelligence', async () => {
  for (const question of ['Who are you?', 'Which model is this?', 'Are you ChatGPT?', 'What is your name?']) {
    const answer = await ask(question);
    assert.match(answer!, /offline-1/);
    assert.match(answer!, /no intelligence/);
  }
  assert.match((await ask('Explain the French Revolution'))!, /^I have no rule for that/);
});

test('it counts the messages and repeats what was said', async () => {
  assert.equal(
    await ask('one', 'two', 'How many messages have I sent?'),
    'You have sent 3 messages, this one included, and I have answered 2 times.',
  );
  assert.equal(await ask('Why is the sky blue?', 'What was my last question?'), 'You said: “Why is the sky blue?”');
  assert.equal(await ask('Hello', 'bye', 'What was my first message?'), 'You said: “Hello”');
  assert.equal(await ask('say cheese', 'What did you say?'), 'I said: “cheese”');
});

test('it does sums', async () => {
  assert.equal(await ask('What is 12 * (3 + 4)?'), 'That makes 84.');
  assert.equal(await ask('0.1 + 0.2'), 'That makes 0.3.');
  assert.equal(await ask('How much is 7 minus -2 times 3'), 'That makes 13.');
  assert.equal(await ask('what is 1 / 0?'), 'That cannot be divided.');
  assert.match((await ask('What is (1 + ?'))!, /^I have no rule/);
});

test('it can repeat its instructions', async () => {
  const response = await respond(createOpenAIServer(), {
    input: 'What are your instructions?',
    instructions: 'Be brief.',
  });
  assert.equal(textOf(response), 'My instructions are: “Be brief.”');
});

test('a structured answer fits its schema and uses what was said', async () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { type: 'integer' },
      mood: { enum: ['happy', 'sad'] },
      tags: { type: 'array', items: { type: 'string' }, minItems: 1 },
      home: { $ref: '#/$defs/Place' },
      next: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
    },
    required: ['name', 'age', 'mood', 'tags', 'home', 'next'],
    $defs: { Place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
  };
  const text = { format: { type: 'json_schema', name: 'person', schema } };
  const input = [
    { role: 'user', content: "I'm John" },
    { role: 'user', content: 'I am 42 and sad in Rome.' },
  ];
  const { tags, ...rest } = JSON.parse(textOf(await respond(createOpenAIServer(), { input, text })));
  assert.deepEqual(rest, { name: 'John', age: 42, mood: 'sad', home: { city: 'Rome' }, next: null });
  assert.equal(tags.length, 1);
});

test('a schema that refers to itself without an end still gets an answer', async () => {
  const schema = { type: 'object', properties: { child: { $ref: '#' } }, required: ['child'] };
  const text = { format: { type: 'json_schema', name: 'tree', schema } };
  assert.match(textOf(await respond(createOpenAIServer(), { input: 'hi', text })), /^\{"child":/);
});

test('a long message without a full stop takes no long time', { timeout: 60_000 }, async () => {
  for (const word of [
    'my x is ',
    'tell write ',
    'I’m ',
    'a. ',
    '....',
    '"',
    'in Paris and ',
    '1+',
    '((',
    'remember ',
  ]) {
    await ask(word.repeat(200_000), "What's my name?");
  }
});
