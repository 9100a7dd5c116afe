/** Where the page is: a conversation, a new one, or wherever it was left. */
export type Route = { to: 'conversation'; id: string } | { to: 'new' } | { to: 'latest' };

const CONVERSATION = '#/c/';
export const NEW = '#/new';

export function addressOf(id: string): string {
  return `${CONVERSATION}${encodeURIComponent(id)}`;
}

export function routeOf(hash: string): Route {
  if (hash === NEW) return { to: 'new' };
  if (!hash.startsWith(CONVERSATION)) return { to: 'latest' };
  try {
    const id = decodeURIComponent(hash.slice(CONVERSATION.length));
    return id === '' ? { to: 'latest' } : { to: 'conversation', id };
  } catch {
    return { to: 'latest' };
  }
}

/** Changes the address without going anywhere. */
export function rename(address: string): void {
  history.replaceState(null, '', address);
}
