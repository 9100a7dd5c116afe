import type { CompactionOptions, OpenAIOptions } from 'agents-wasm';

/** Which model answers, and how the page reaches it. */
export interface Speaker {
  name: string;
  /** What a reader has to know before believing its answers. */
  notice?: string;
  openai: OpenAIOptions;
  /** How histories are folded, where that differs from what is usual for the model. */
  compaction?: CompactionOptions;
  /** Why it cannot keep conversations. */
  noServer?: string;
}

const NO_MODEL = 'Offline demo model: rule-based, no intelligence.';
/** The offline server folds for every model; the offline model cannot write summaries. */
const OFFLINE_COMPACTION: CompactionOptions = { strategy: 'compact', model: 'gpt-5.6-luna' };
const HOW_TO = 'Set OPENAI_API_KEY and restart npm start to talk to a real one.';

/** The model that the demo server has: the offline one, or a real one behind its proxy. */
export async function serverSpeaker(): Promise<Speaker> {
  const response = await fetch('config.json');
  if (!response.ok) throw new Error(`The demo server answered with status ${response.status}.`);
  const { model, offline, host } = (await response.json()) as { model: string; offline: boolean; host?: string };
  const openai = { baseURL: '/v1', model };
  return offline
    ? { name: model, notice: `${NO_MODEL} ${HOW_TO}`, openai, compaction: OFFLINE_COMPACTION }
    : { name: `${model} at ${host}`, openai };
}

/** The offline model inside the page. */
export function offlineSpeaker(fetch: typeof globalThis.fetch): Speaker {
  const notice = `${NO_MODEL} It runs in this page; the project's npm start talks to a real one.`;
  const noServer = 'Not here: the server is in this page, and would forget with it.';
  return {
    name: 'offline-1',
    notice,
    noServer,
    compaction: OFFLINE_COMPACTION,
    openai: { baseURL: 'https://offline.invalid/v1', model: 'offline-1', fetch },
  };
}
