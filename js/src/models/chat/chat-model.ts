import { checkText } from '../../check.ts';
import { APIConnectionError } from '../../errors.ts';
import { type OpenAIOptions, openAISettings } from '../../openai.ts';
import type { Model, ModelAnswer, ModelEvent, ModelRequest } from '../model.ts';
import { ChatAnswer } from './answer.ts';
import { contentType, Exchange, parsed } from './exchange.ts';
import { chatBody } from './request.ts';
import { eventData } from './sse.ts';

export interface ChatCompletionsModelOptions {
  /** The model's name. Default: that of `setDefaultOpenAI`. */
  model?: string;
  /** Where the server is, where that differs from the run's. Another `baseURL` is not sent the run's key and headers. */
  openai?: OpenAIOptions;
}

const END_MARK = '[DONE]';

/**
 * A model behind `POST /chat/completions`, for servers that lack the Responses API. Functions and custom tools work; hosted
 * tools, stored responses and what else a chat has no place for are refused by name, with a UserError. Where a server tells
 * its reasoning, that becomes a reasoning item, and goes back with the calls that it led to.
 *
 * @example
 * const model = new OpenAIChatCompletionsModel({ model: 'llama3.2', openai: { baseURL: 'http://localhost:11434/v1' } });
 * const agent = new Agent({ name: 'assistant', model });
 */
export class OpenAIChatCompletionsModel implements Model {
  readonly #options: ChatCompletionsModelOptions;

  constructor(options: ChatCompletionsModelOptions = {}) {
    if (options.model !== undefined) checkText('model', options.model);
    if (options.openai !== undefined) openAISettings(options.openai);
    this.#options = options;
  }

  async getResponse(request: ModelRequest): Promise<ModelAnswer> {
    const { exchange, response } = await this.#send(request, false);
    try {
      const answer = new ChatAnswer();
      for (const _ of answer.take(await exchange.json(response)));
      for (const _ of answer.end());
      const requestId = response.headers.get('x-request-id');
      return { ...answer.response(), ...(requestId !== null && { requestId }) };
    } finally {
      exchange.end();
    }
  }

  async *getStreamedResponse(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const { exchange, response } = await this.#send(request, true);
    try {
      const answer = new ChatAnswer();
      if (contentType(response).includes('json')) {
        // A server that cannot stream answers with the whole completion.
        yield* answer.take(await exchange.json(response));
      } else {
        yield* streamed(answer, eventData(exchange.pieces(response)));
      }
      yield* answer.end();
    } finally {
      exchange.end();
    }
  }

  async #send(request: ModelRequest, stream: boolean): Promise<{ exchange: Exchange; response: Response }> {
    const { model, openai } = this.#options;
    const api = openai ? { ...request.openai, ...given(openai) } : request.openai;
    const body = chatBody(request, model ?? request.model ?? api.model, stream);
    const exchange = new Exchange(api, request.signal);
    return { exchange, response: await exchange.post('/chat/completions', body) };
  }
}

/** The settings that these options name, in full: a base URL without its last slash, a fetch that is no method. */
function given(options: OpenAIOptions): object {
  const settings = openAISettings(options);
  const elsewhere = options.baseURL === undefined ? {} : { apiKey: undefined, headers: {} };
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...elsewhere, ...Object.fromEntries(named.map(([name]) => [name, settings[name as keyof OpenAIOptions]])) };
}

async function* streamed(answer: ChatAnswer, data: AsyncIterable<string>): AsyncGenerator<ModelEvent, void, undefined> {
  for await (const text of data) {
    if (text === END_MARK) return;
    yield* answer.take(parsed(text));
  }
  // Some servers close the stream without a mark, none without saying why the answer ends.
  if (answer.isWhole) return;
  const message = "The model's stream ended before its answer was complete.";
  throw new APIConnectionError('api_connection', message, {});
}
