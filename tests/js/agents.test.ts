import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, type FunctionToolResult, hostedTool, run, tool, webSearchTool } from 'agents-wasm';
import { z } from 'zod';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { refused } from '../support/refusals.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }) => a + b });
const callAdd = { calls: [{ name: 'add', arguments: { a: 1, b: 2 }, callId: 'c1' }] };

test('instructions may be a function, which is asked before every turn', async () => {
  const asked: unknown[] = [];
  const agent = new Agent<{ user: string }>({
    name: 'a',
    instructions: async ({ context }, self) => {
      asked.push(self);
      return `Serve ${context.user}, turn ${asked.length}.`;
    },
    tools: [add],
  });
  const { server, runConfig } = localApi([callAdd, 'done']);
  await run(agent, 'go', { runConfig, context: { user: 'John' } });
  assert.deepEqual(
    server.requests.map(({ body }) => body.instructions),
    ['Serve John, turn 1.', 'Serve John, turn 2.'],
  );
  assert.deepEqual(asked, [agent, agent]);
});

test('instructions that fail or are no text fail the run', async () => {
  const failing = (instructions: never) => () => run(new Agent({ name: 'a', instructions }), 'go', localApi(['x']));
  const fails = () => {
    throw new Error('No idea.');
  };
  await assert.rejects(failing(fails as never), { code: 'callback_failed', message: 'instructions failed: No idea.' });
  await refused(
    failing((() => 5) as never),
    'UserError',
    'invalid_argument',
    "instructions of the agent 'a'",
    'a number',
  );
});

test('a tool that is not enabled is not shown to the model', async () => {
  const named = (name: string, isEnabled: never) => tool({ name, isEnabled, execute: () => '' });
  let turn = 0;
  const later = ({ agent }: { agent: Agent }) => ++turn > 1 && agent.name === 'a';
  const tools = [
    add,
    named('never', false as never),
    named('later', later as never),
    named('always', (() => true) as never),
  ];
  const { server, runConfig } = localApi([callAdd, 'done']);
  await run(new Agent({ name: 'a', tools }), 'go', { runConfig });
  const shown = server.requests.map(({ body }) => body.tools.map(({ name }: { name: string }) => name));
  assert.deepEqual(shown, [
    ['add', 'always'],
    ['add', 'later', 'always'],
  ]);
});

test('definitions of hosted tools reach the API as they are, before the functions', async () => {
  const tools = [
    webSearchTool({ searchContextSize: 'low' }),
    add,
    hostedTool({ type: 'code_interpreter', container: 'c' }),
  ];
  const { server, runConfig } = localApi(['done']);
  await run(new Agent({ name: 'a', tools }), 'go', { runConfig });
  assert.deepEqual(server.requests[0]!.body.tools.slice(0, 2), [
    { type: 'web_search', search_context_size: 'low' },
    { type: 'code_interpreter', container: 'c' },
  ]);
});

test('a tool_choice holds until the agent has used a tool, unless it says otherwise', async () => {
  const choices = async (resetToolChoice: boolean) => {
    const modelSettings = { tool_choice: 'required', temperature: 0.5 };
    const { server, runConfig } = localApi([callAdd, 'done']);
    await run(new Agent({ name: 'a', tools: [add], modelSettings, resetToolChoice }), 'go', { runConfig });
    return server.requests.map(({ body }) => [body.tool_choice, body.temperature]);
  };
  assert.deepEqual(await choices(true), [
    ['required', 0.5],
    [undefined, 0.5],
  ]);
  assert.deepEqual(await choices(false), [
    ['required', 0.5],
    ['required', 0.5],
  ]);
});

test("a run's model and settings win over those of its agents", async () => {
  const agent = new Agent({ name: 'a', model: 'small', modelSettings: { temperature: 1, top_p: 0.5 } });
  const { server, runConfig } = localApi(['one', 'two']);
  await run(agent, 'go', { runConfig, model: 'large', modelSettings: { temperature: 0 } });
  await run(agent, 'go', { runConfig: { ...runConfig, model: 'huge' } });
  assert.deepEqual(
    server.requests.map(({ body }) => [body.model, body.temperature, body.top_p]),
    [
      ['large', 0, 0.5],
      ['huge', 1, 0.5],
    ],
  );
});

test('the output of a tool may be the final output', async () => {
  const finalOf = async (toolUseBehavior: never, turns = [callAdd]) => {
    const agent = new Agent({ name: 'a', tools: [add, tool({ name: 'other', execute: () => 'x' })], toolUseBehavior });
    return (await run(agent, 'go', localApi(turns))).finalOutput;
  };
  assert.equal(await finalOf('stop_on_first_tool' as never), '3');
  assert.equal(await finalOf({ stopAtToolNames: ['add'] } as never), '3');
  const otherFirst = { calls: [{ name: 'other' }] };
  assert.equal(await finalOf({ stopAtToolNames: ['add'] } as never, [otherFirst as never, callAdd]), '3');
  const seen: FunctionToolResult[][] = [];
  const decide = (_: unknown, results: FunctionToolResult[]) => {
    seen.push(results);
    return results[0]!.output === '3' ? { isFinalOutput: true, finalOutput: 'three' } : { isFinalOutput: false };
  };
  assert.equal(await finalOf(decide as never, [otherFirst as never, callAdd]), 'three');
  assert.deepEqual(seen[1], [{ type: 'function_output', tool: add, callId: 'c1', output: '3' }]);
});

const Person = z.object({ name: z.string(), born: z.string().transform((year) => Number(year)) });

test('an outputType is the form that the API is asked for, and the final output a value of it', async () => {
  const agent = new Agent({ name: 'a', outputType: Person });
  const { server, runConfig } = localApi(['{"name":"John","born":"1984"}']);
  const { finalOutput } = await run(agent, 'Who?', { runConfig });
  assert.deepEqual(finalOutput, { name: 'John', born: 1984 });
  const { format } = server.requests[0]!.body.text;
  assert.deepEqual([format.type, format.strict, format.schema.required], ['json_schema', true, ['name', 'born']]);
});

test('an outputType as JSON Schema is parsed but not checked, beside other settings of the text', async () => {
  const outputType = { type: 'json_schema', name: 'person', schema: { type: 'object' }, strict: false } as const;
  const agent = new Agent({ name: 'a', outputType, modelSettings: { text: { verbosity: 'low' } } });
  const { server, runConfig } = localApi(['{"any":1}']);
  assert.deepEqual((await run(agent, 'Who?', { runConfig })).finalOutput, { any: 1 });
  assert.deepEqual(server.requests[0]!.body.text, { verbosity: 'low', format: outputType });
});

test('an answer that is not of the outputType is a fault of the model, told without its words', async () => {
  const agent = new Agent({ name: 'a', outputType: Person });
  for (const [answer, flaw] of [
    ['secret', 'is not JSON'],
    ['{"name":5,"born":"1984"}', 'is not of its outputType'],
  ] as const) {
    const message = `The final output of the agent 'a' ${flaw}.`;
    await assert.rejects(run(agent, 'x', localApi([answer])), {
      name: 'ModelBehaviorError',
      code: 'invalid_final_output',
      message,
    });
  }
});

test('error handlers turn a failure into a final output', async () => {
  const agent = new Agent({ name: 'a', tools: [add], outputType: Person });
  const seen: unknown[] = [];
  const handler = ({
    error,
    context,
    runData,
  }: {
    error: Error;
    context: unknown;
    runData: { lastAgent: unknown };
  }) => {
    seen.push([error.name, context, runData.lastAgent === agent]);
    return { finalOutput: { name: 'nobody', born: 0 } };
  };
  const options = { maxTurns: 1, context: 7 };
  const byTurns = await run(agent, 'x', { ...localApi([callAdd]), ...options, errorHandlers: { maxTurns: handler } });
  assert.deepEqual(byTurns.finalOutput, { name: 'nobody', born: 0 });
  assert.deepEqual(byTurns.output.at(-1)?.content[0].text, '{"name":"nobody","born":0}');
  const errorHandlers = { maxTurns: () => assert.fail(), default: handler };
  assert.deepEqual(
    (await run(agent, 'x', { ...localApi(['no JSON']), ...options, errorHandlers })).finalOutput,
    byTurns.finalOutput,
  );
  assert.deepEqual(seen, [
    ['MaxTurnsExceededError', { context: 7 }, true],
    ['ModelBehaviorError', { context: 7 }, true],
  ]);
  const nothing = { default: () => undefined };
  await assert.rejects(run(agent, 'x', { ...localApi([callAdd]), maxTurns: 1, errorHandlers: nothing }), {
    code: 'max_turns_exceeded',
  });
});

test('a refusal is a failure that a handler may word', async () => {
  const agent = new Agent({ name: 'a' });
  const turns = [{ refusal: 'I will not.' }];
  const errorHandlers = { modelRefusal: () => ({ finalOutput: 'Sorry.', includeInHistory: false }) };
  const { finalOutput } = await run(agent, 'x', { ...localApi(turns), errorHandlers });
  assert.equal(finalOutput, 'Sorry.');
});

test('callModelInputFilter has the last word on what the model is sent', async () => {
  const agent = new Agent({ name: 'a', instructions: 'Be kind.', tools: [add] });
  const { server, runConfig } = localApi([callAdd, 'done']);
  const { newItems } = await run(agent, 'go', {
    runConfig,
    context: 'mine',
    callModelInputFilter: ({ modelData: { input, instructions }, agent: by, context }) => ({
      input: [...input, { role: 'user', content: `${by.name} ${context}` }],
      instructions: `${instructions} Be brief.`,
    }),
  });
  const sent = server.requests.map(({ body }) => [body.instructions, body.input.at(-1).content, body.input.length]);
  assert.deepEqual(sent, [
    ['Be kind. Be brief.', 'a mine', 2],
    ['Be kind. Be brief.', 'a mine', 4],
  ]);
  assert.equal(newItems.length, 3);
  const bad = { callModelInputFilter: () => ({ input: 'x' }) as never };
  await refused(
    () => run(agent, 'go', { ...localApi(['x']), ...bad }),
    'UserError',
    'invalid_argument',
    'must be an array',
  );
});

test('a call of an unknown tool may be answered, in words of the caller', async () => {
  const agent = new Agent({ name: 'a', tools: [add] });
  const turns = () => localApi([{ calls: [{ name: 'fly', callId: 'c9' }] }, 'done']);
  const told = async (options: object) => {
    const { server, runConfig } = turns();
    await run(agent, 'go', { runConfig, toolNotFoundBehavior: 'return_error_to_model', ...options });
    return server.requests[1]!.body.input.at(-1).output;
  };
  assert.equal(await told({}), "Tool 'fly' not found.");
  const seen: unknown[] = [];
  const toolErrorFormatter = (args: object) => void seen.push(args);
  assert.equal(await told({ toolErrorFormatter, context: 1 }), "Tool 'fly' not found.");
  assert.deepEqual(seen, [
    {
      kind: 'tool_not_found',
      toolType: 'function',
      toolName: 'fly',
      callId: 'c9',
      defaultMessage: "Tool 'fly' not found.",
      runContext: { context: 1 },
    },
  ]);
  assert.equal(await told({ toolErrorFormatter: () => 'Try add.' }), 'Try add.');
});

test('no more tools work at once than toolExecution allows', async () => {
  let working = 0;
  let most = 0;
  const work = tool({
    name: 'work',
    execute: async () => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setTimeout(resolve, 1));
      working--;
    },
  });
  const calls = Array.from({ length: 6 }, () => ({ name: 'work' }));
  const toolExecution = { maxFunctionToolConcurrency: 2 };
  await run(new Agent({ name: 'a', tools: [work] }), 'go', { ...localApi([{ calls }, 'done']), toolExecution });
  assert.equal(most, 2);
});

test('hooks of run, runConfig and agent are told what happens, in its order', async () => {
  const log: string[] = [];
  const hooksOf = (whose: string) => ({
    onAgentStart: (_: unknown, { name }: Agent) => void log.push(`${whose}: ${name} starts`),
    onAgentEnd: (_: unknown, { name }: Agent, output: string) => void log.push(`${whose}: ${name} ends: ${output}`),
    onLlmStart: () => void log.push(`${whose}: model`),
    onLlmEnd: (_: unknown, __: unknown, output: object[]) => void log.push(`${whose}: model said ${output.length}`),
    onToolStart: async (_: unknown, __: unknown, { name }: { name: string }) => {
      await undefined;
      log.push(`${whose}: ${name}`);
    },
    onToolEnd: (_: unknown, __: unknown, { name }: { name: string }, result: unknown) =>
      void log.push(`${whose}: ${name} gave ${result}`),
  });
  const agent = new Agent({ name: 'a', tools: [add], hooks: hooksOf('agent') as never });
  const { runConfig } = localApi([callAdd, 'done']);
  await run(agent, 'go', {
    runConfig: { ...runConfig, hooks: { onAgentStart: () => void log.push('config') } },
    hooks: hooksOf('run') as never,
  });
  const both = (what: string) => [`run: ${what}`, `agent: ${what}`];
  assert.deepEqual(log, [
    'config',
    ...both('a starts'),
    ...both('model'),
    ...both('model said 1'),
    ...both('add'),
    ...both('add gave 3'),
    ...both('model'),
    ...both('model said 1'),
    ...both('a ends: done'),
  ]);
});

test('a hook that fails fails the run', async () => {
  const hooks = {
    onLlmEnd: () => {
      throw new Error('No.');
    },
  };
  const message = 'onLlmEnd failed: No.';
  await assert.rejects(run(new Agent({ name: 'a' }), 'x', { ...localApi(['hi']), hooks }), {
    code: 'callback_failed',
    message,
  });
});

test('a tool may answer with pictures and files', async () => {
  const show = tool({ name: 'show', execute: () => ({ type: 'image', image: 'data:image/png;base64,AA==' }) });
  const { server, runConfig } = localApi([{ calls: [{ name: 'show' }] }, 'done']);
  await run(new Agent({ name: 'a', tools: [show] }), 'go', { runConfig });
  assert.deepEqual(server.requests[1]!.body.input.at(-1).output, [
    { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
  ]);
});

test('a tool that leaves its failures to the run fails it', async () => {
  const fails = () => {
    throw new Error('It broke.');
  };
  const agent = new Agent({ name: 'a', tools: [tool({ name: 'act', errorFunction: null, execute: fails })] });
  await assert.rejects(run(agent, 'go', localApi([{ calls: [{ name: 'act' }] }])), {
    name: 'ToolCallError',
    message: "The tool 'act' failed: It broke.",
  });
});

test("a tool's guardrails are on the result, and one that throws fails the run", async () => {
  const guardrail = (type: 'allow' | 'throwException') => ({ name: type, run: () => ({ behavior: { type } }) });
  const guarded = (inputGuardrails: never[]) =>
    new Agent({ name: 'a', tools: [tool({ name: 'act', inputGuardrails, execute: () => 'ok' })] });
  const turns = () => localApi([{ calls: [{ name: 'act' }] }, 'done']);
  const { toolInputGuardrailResults } = await run(guarded([guardrail('allow')] as never[]), 'go', turns());
  assert.deepEqual(toolInputGuardrailResults, [
    { guardrail: { type: 'tool_input', name: 'allow' }, output: { behavior: { type: 'allow' } } },
  ]);
  await assert.rejects(run(guarded([guardrail('throwException')] as never[]), 'go', turns()), {
    name: 'ToolInputGuardrailTripwireTriggered',
    code: 'tool_guardrail_tripwire',
  });
});
