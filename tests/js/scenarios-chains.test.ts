import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Agent, run, tool } from 'agents-wasm';

import { checkLeaks, localApi } from '../support/local-api.ts';
import { showItems } from '../support/traces.ts';

checkLeaks();

const add = tool({ name: 'add', execute: ({ a, b }: { a: number; b: number }) => a + b });
const agent = new Agent({ name: 'A', tools: [add] });
const danger = tool({ name: 'danger', needsApproval: true, execute: () => 'did' });
const ADD = { name: 'add', callId: 'c1', arguments: { a: 1, b: 2 } };

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'not streamed';

  const chained = async (turns: Parameters<typeof localApi>[0], options: object) => {
    const { server, runConfig } = localApi(turns);
    const previous: string[] = [];
    const result = stream
      ? await (await run(agent, 'q', { runConfig, ...options, stream: true })).completed
      : await run(agent, 'q', { runConfig, ...options });
    const asked = server.requests.map(({ body }) => {
      previous.push(body.previous_response_id);
      return showItems(body.input);
    });
    return { asked, previous, result, server };
  };

  test(`within autoPreviousResponseId the model is sent what the API does not have yet (${how})`, async () => {
    const { asked, previous, result } = await chained([{ calls: [ADD] }, '3'], { autoPreviousResponseId: true });
    assert.deepEqual(asked, ['[/user:q]', '[function_call_output:3#c1]']);
    assert.deepEqual(previous, [undefined, result.rawResponses[0]?.responseId]);
    assert.equal(result.lastResponseId, result.rawResponses[1]?.responseId);
  });

  test(`without it every turn is sent all that was said (${how})`, async () => {
    const { asked, previous } = await chained([{ calls: [ADD] }, '3'], {});
    assert.equal(asked[1], '[/user:q, function_call:add({"a":1,"b":2})#c1, function_call_output:3#c1]');
    assert.deepEqual(previous, [undefined, undefined]);
  });

  test(`a run behind a previousResponseId goes on from each response to the next (${how})`, async () => {
    const { server, runConfig } = localApi(['one', { calls: [ADD] }, '3']);
    const first = await run(agent, 'p', { runConfig });
    const options = { runConfig, previousResponseId: first.lastResponseId as string };
    const result = stream
      ? await (await run(agent, 'q', { ...options, stream: true })).completed
      : await run(agent, 'q', options);
    const [, second, third] = server.requests.map(({ body }) => body);
    assert.equal(second.previous_response_id, first.lastResponseId);
    assert.equal(third.previous_response_id, result.rawResponses[0]?.responseId);
    assert.equal(showItems(second.input), '[/user:q]');
    assert.equal(showItems(third.input), '[function_call_output:3#c1]');
  });

  test(`a run that went on from a response and waits for an approval goes on from it again (${how})`, async () => {
    const { server, runConfig } = localApi(['one', { calls: [{ name: 'danger', callId: 'c1' }] }, 'done']);
    const careful = new Agent({ name: 'A', tools: [danger] });
    const first = await run(careful, 'p', { runConfig });
    const options = { runConfig, previousResponseId: first.lastResponseId as string };
    const { state } = await run(careful, 'q', options);
    for (const call of state.getInterruptions()) state.approve(call);
    const result = stream
      ? await (await run(careful, state, { ...options, stream: true })).completed
      : await run(careful, state, options);
    assert.equal(result.finalOutput, 'done');
    const last = server.requests.at(-1)?.body;
    assert.equal(last.previous_response_id, first.lastResponseId);
    assert.equal(showItems(last.input), '[/user:q, function_call:danger({})#c1, function_call_output:did#c1]');
  });
}
