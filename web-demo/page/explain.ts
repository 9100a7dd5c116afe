import { AgentsError, APIConnectionError, APIError, MaxTurnsExceededError, SessionError } from 'agents-wasm';

/** A failure in words for the person in front of the page. */
export interface Explanation {
  title: string;
  text: string;
  /** What the program said, for whoever looks closer. */
  detail?: string;
}

const LOCKED = {
  title: 'Another tab has your conversations and does not answer',
  text: 'It may be frozen in the background. Show it or close it, and try again here.',
};
const SESSION: Partial<Record<string, Omit<Explanation, 'detail'>>> = {
  quota: {
    title: 'There is no space left',
    text: 'The browser has no more room for this site. Delete conversations or free some disk space.',
  },
  unsupported: {
    title: 'Conversations cannot be stored here',
    text: 'The page needs a current browser with the origin private file system, and no private window.',
  },
  corrupt: {
    title: 'The conversations cannot be read',
    text: 'Their database is damaged, or another program wrote to it. Nothing in it has been changed.',
  },
  too_large: { title: 'This conversation is too long', text: 'Start a new one to go on.' },
};
const STORAGE = { title: 'The storage failed', text: 'What was saved before is safe. Try again.' };
const STATUS: Partial<Record<number, Omit<Explanation, 'detail'>>> = {
  401: { title: 'The key was not accepted', text: 'Check OPENAI_API_KEY and restart npm start.' },
  403: { title: 'The model may not be used', text: 'The key has no permission for it.' },
  404: { title: 'There is no such model', text: 'Check OPENAI_MODEL and OPENAI_BASE_URL, then restart npm start.' },
  429: { title: 'Too many requests', text: 'The limit or the budget of the key is used up for the moment.' },
};
const SERVER = { title: 'The model failed', text: 'The trouble is on its side. Try again in a moment.' };

export function explain(error: unknown): Explanation {
  const detail = error instanceof Error ? error.message : String(error);
  // There the title says it all.
  if (error instanceof SessionError && error.code === 'locked') return LOCKED;
  if (error instanceof SessionError) return { ...(SESSION[error.code] ?? STORAGE), detail };
  if (error instanceof APIConnectionError) {
    return { title: 'The model cannot be reached', text: 'Is the server that npm start runs still there?', detail };
  }
  if (error instanceof APIError) {
    return { ...(STATUS[error.status ?? 0] ?? (isServer(error) ? SERVER : refused)), detail };
  }
  if (error instanceof MaxTurnsExceededError) {
    return {
      title: 'The model did not come to an end',
      text: 'It used all the answers that a message may take.',
      detail,
    };
  }
  if (error instanceof AgentsError && error.code === 'unsupported') {
    return { title: 'The page could not be loaded', text: 'A part of it did not arrive.', detail };
  }
  return { title: 'Something went wrong', text: 'Try again.', detail };
}

const refused = { title: 'The model refused the request', text: 'Its reason is below.' };

function isServer({ status }: APIError): boolean {
  return status === undefined || status >= 500;
}
