import { createOpenAIServer } from 'agents-wasm/testing';
import { offlineSpeaker } from './speaker.ts';
import { start } from './start.ts';

const { fetch } = createOpenAIServer({ latency: { firstToken: 250, perToken: 25 } });
void start(async () => offlineSpeaker(fetch));
