import { answerHeaders, requestHeaders } from '../bridges/fetch.ts';
import { messageOf } from '../check.ts';
import { AgentsError } from '../errors.ts';
import type { OpenAISettings } from '../openai.ts';

export interface IngestOptions {
  maxRetries: number;
  /** The first pause before another try, in ms; the next one is twice as long. */
  retryDelay: number;
  signal: AbortSignal;
}

const LONGEST_PAUSE = 30_000;
const LONGEST_REQUEST = 60_000;

/** Sends traces and spans to the API that keeps them. Fails when it has been tried in vain. */
export async function ingest(data: object[], api: OpenAISettings, options: IngestOptions): Promise<void> {
  const body = JSON.stringify({ data });
  for (let tries = 0; ; tries++) {
    const refusal = await post(body, api, tries, options.signal);
    if (!refusal) return;
    if (!refusal.isPassing || tries >= options.maxRetries || options.signal.aborted) {
      throw new AgentsError(refusal.code, refusal.message);
    }
    const pause = options.retryDelay * 2 ** tries * (1 + Math.random() / 10);
    await sleep(Math.min(Math.max(pause, refusal.wait), LONGEST_PAUSE), options.signal);
  }
}

interface Refusal {
  code: string;
  message: string;
  isPassing: boolean;
  /** For how many ms the server wants to be left alone. */
  wait: number;
}

async function post(
  body: string,
  api: OpenAISettings,
  tries: number,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const request = new AbortController();
  const end = () => request.abort();
  const timer = setTimeout(end, Math.min(api.timeout, LONGEST_REQUEST));
  signal.addEventListener('abort', end);
  try {
    const response = await api.fetch(`${api.baseURL}/traces/ingest`, {
      method: 'POST',
      headers: { ...requestHeaders(api, tries), 'openai-beta': 'traces=v1' },
      body,
      signal: request.signal,
    });
    await response.body?.cancel();
    return response.ok ? undefined : refusalFrom(response);
  } catch (error) {
    const why = api.apiKey ? messageOf(error).replaceAll(api.apiKey, '…') : messageOf(error);
    return {
      code: 'api_connection',
      message: `No answer came from the traces endpoint: ${why}`,
      isPassing: true,
      wait: 0,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

function refusalFrom(response: Response): Refusal {
  const { status } = response;
  const headers = answerHeaders(response);
  const advice = headers['x-should-retry'];
  const isPassing = status >= 500 || status === 408 || status === 409 || status === 429;
  const seconds = Number(headers['retry-after'] ?? 0) * 1000;
  const wait = Number(headers['retry-after-ms'] ?? seconds);
  return {
    code: 'api_error',
    message: `The traces endpoint answered with status ${status}.`,
    isPassing: advice === 'true' || (advice !== 'false' && isPassing),
    wait: Number.isFinite(wait) ? wait : 0,
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}
