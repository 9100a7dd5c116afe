import { Agent, type Item, Runner, SQLiteSession } from 'agents-wasm';
import { useConversation, useConversations, useRun } from 'agents-wasm/react';
import { createOpenAIServer } from 'agents-wasm/testing';
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

// Every test has a database of its own.
const session = new SQLiteSession({ dbPath: `${location.hash.slice(1)}.db` });
const server = createOpenAIServer({ latency: 20 });
const openai = { apiKey: 'sk-react', baseURL: 'http://local/v1', fetch: server.fetch as typeof fetch };
const agent = new Agent({ name: 'assistant' });
const said = ({ content }: Item): string => (typeof content === 'string' ? content : content[0].text);

const button = (id: string, onClick: () => unknown, disabled = false) =>
  createElement('button', { key: id, id, type: 'button', disabled, onClick }, id);

function Conversation({ id }: { id: string }) {
  const { items, text, loading, openRuns, error } = useConversation(session, id);
  const { send, stop, running, ...run } = useRun((input: string, signal) =>
    Runner.run(agent, input, { session, conversationId: id, stream: true, signal, runConfig: { openai } }),
  );
  const show = (name: string, value: unknown) => createElement('p', { id: name }, JSON.stringify(value) ?? '');
  return createElement(
    'main',
    null,
    show('items', items.map(said)),
    show('text', text),
    show('loading', loading),
    show(
      'open',
      openRuns.map(({ state }) => state),
    ),
    show('error', (error as { code?: string })?.code ?? null),
    show('run', { running, text: run.text, output: run.result?.finalOutput, error: (run.error as Error)?.name }),
    button('greet', () => send("Hello, I'm John")),
    button('ask', () => send("What's my name?")),
    button('stop', stop),
  );
}

function Page() {
  const { conversations, hasMore, loadMore } = useConversations(session, { limit: 2 });
  const [id, choose] = useState('first');
  return createElement(
    'div',
    null,
    createElement('p', { id: 'list' }, JSON.stringify(conversations.map((one) => one.title || one.id))),
    button('more', loadMore, !hasMore),
    button('other', () => choose('second')),
    createElement(Conversation, { id }),
  );
}

const root = createRoot(document.body.appendChild(document.createElement('div')));
// Which mounts everything twice.
root.render(createElement(StrictMode, null, createElement(Page)));

export const page = { session, server, root };
Object.assign(globalThis, { page });
