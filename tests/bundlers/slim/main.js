import { Agent, init, Runner } from 'agents-wasm/slim';
import { createOpenAIServer } from 'agents-wasm/testing';

await init({ wasm: '/core.wasm' });
const runConfig = { openai: { apiKey: 'none', fetch: createOpenAIServer().fetch } };
const { finalOutput } = await Runner.run(new Agent({ name: 'assistant' }), "Hello, I'm John", { runConfig });
document.querySelector('output').textContent = JSON.stringify({ answer: finalOutput });
