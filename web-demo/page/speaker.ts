import type { OpenAIOptions } from 'agents-wasm';

/** Which model answers, and how the page reaches it. */
export interface Speaker {
  name: string;
  /** What a reader has to know before believing its answers. */
  notice?: string;
  openai: OpenAIOptions;
}

const NO_MODEL = 'Offline demo model: rule-based, no intelligence.';
const HOW_TO = 'Set OPENAI_API_KEY and restart npm start to talk to a real one.';

/** The model that the demo server has: the offline one, or a real one behind its proxy. */
export async function serverSpeaker(): Promise<Speaker> {
  const response = await fetch('config.json');
  if (!response.ok) throw new Error(`The demo server answered with status ${response.status}.`);
  const { model, offline, host } = (await response.json()) as { model: string; offline: boolean; host?: string };
  const openai = { baseURL: '/v1', model };
  return offline ? { name: model, notice: `${NO_MODEL} ${HOW_TO}`, openai } : { name: `${model} at ${host}`, openai };
}

/** The offline model inside the page. */
export function offlineSpeaker(fetch: typeof globalThis.fetch): Speaker {
  const notice = `${NO_MODEL} It runs in this page; the project's npm start talks to a real one.`;
  return { name: 'offline-1', notice, openai: { baseURL: 'https://offline.invalid/v1', model: 'offline-1', fetch } };
}
