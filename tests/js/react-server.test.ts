import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemorySession } from 'agents-wasm';
import { useConversation, useConversations, useRun } from 'agents-wasm/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';

import { checkLeaks } from '../support/local-api.ts';

checkLeaks();

const session = new MemorySession();

function Page() {
  const { items, loading, text, openRuns } = useConversation(session, 'c');
  const { conversations, hasMore } = useConversations(session);
  const { running, send, stop } = useRun(() => Promise.reject(new Error('A server starts no run.')));
  const shown = {
    items,
    loading,
    text,
    openRuns,
    conversations,
    hasMore,
    running,
    send: typeof send,
    stop: typeof stop,
  };
  return createElement('p', null, JSON.stringify(shown));
}

test('a server renders the hooks as they are before anything is read, and leaves nothing open', async () => {
  await session.saveItems('c', ['Hello']);
  const html = renderToString(createElement(Page)).replaceAll('&quot;', '"');
  assert.deepEqual(JSON.parse(html.slice('<p>'.length, -'</p>'.length)), {
    items: [],
    loading: true,
    text: '',
    openRuns: [],
    conversations: [],
    hasMore: false,
    running: false,
    send: 'function',
    stop: 'function',
  });
  await session.close();
});
