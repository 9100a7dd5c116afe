import type { Server } from './servers.ts';

// What the bench asks of a server beside the load.

const INPUT = 'What did we say about this? '.repeat(12);
/** Of a run. */
export const BODY = JSON.stringify({ input: INPUT });

export async function askText(server: Server, path: string, init: AskInit = {}): Promise<string> {
  const { user = 'user-0', ...rest } = init;
  const ask = () => fetch(`${server.url}${path}`, { ...rest, headers: { 'x-user': user } });
  // workerd ends a connection that was idle for 5 s, and may do so as it is used again.
  const answer = await ask().catch(ask);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${text}`);
  return text;
}

export interface AskInit {
  user?: string;
  method?: string;
  body?: string;
}

export async function askJson<Answer>(server: Server, path: string, init?: AskInit): Promise<Answer> {
  return JSON.parse(await askText(server, path, init));
}

/** One run, to its end. */
export async function askRun(server: Server, { user, conversation }: { user?: string; conversation: string }) {
  const init = { method: 'POST', body: BODY, ...(user && { user }) };
  const text = await askText(server, `/api/conversations/${conversation}/runs`, init);
  if (!isComplete(text)) throw new Error(`A run did not end well: ${text.slice(-300)}`);
}

export function isComplete(body: string): boolean {
  return /event: end\ndata: \{"status":"completed"[^\n]*\n\n$/.test(body);
}

export async function seed(
  server: Server,
  conversation: string,
  { items, user }: { items: number; user?: string },
): Promise<void> {
  await askJson(server, `/stored/${conversation}?items=${items}`, { method: 'PUT', ...(user && { user }) });
}

/** So many at a time. */
export async function inParallel(
  count: number,
  most: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
