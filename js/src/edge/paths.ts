import { refuse } from '../check.ts';
import { UserError } from '../errors.ts';
import { OWNED, type Owned } from './references.ts';

/**
 * The paths that a proxy passes on when it is given none: those of runs and sessions. `{conversation}` and `{response}`
 * stand for an id that `owns` is asked about.
 */
export const OPENAI_PROXY_PATHS: readonly string[] = [
  'POST /responses',
  'POST /responses/compact',
  'POST /responses/input_tokens',
  'GET /responses/{response}',
  'DELETE /responses/{response}',
  'POST /responses/{response}/cancel',
  'GET /responses/{response}/input_items',
  'POST /conversations',
  'GET /conversations/{conversation}',
  'POST /conversations/{conversation}',
  'DELETE /conversations/{conversation}',
  'GET /conversations/{conversation}/items',
  'POST /conversations/{conversation}/items',
  'GET /conversations/{conversation}/items/{id}',
  'DELETE /conversations/{conversation}/items/{id}',
];

export interface Path {
  method: string;
  /** Fits the part of an address that is below the prefix. */
  pattern: RegExp;
  /** What the ids in it are of, in order; nothing for those that nobody owns. */
  ids: (Owned | undefined)[];
  /** What a successful request makes. */
  creates: 'response' | 'conversation' | undefined;
  /** Whether a body names the model that answers. */
  hasModel: boolean;
}

const WRITTEN = /^(GET|POST|DELETE) ((?:\/(?:[\w-]+|\{\w+\}))+)$/;
const CREATES: Record<string, 'response' | 'conversation'> = {
  'POST /responses': 'response',
  'POST /conversations': 'conversation',
};

/** Reads paths as they are written in options. */
export function readPaths(paths: readonly string[]): Path[] {
  if (!Array.isArray(paths)) refuse('paths', paths, 'an array');
  return paths.map((text: unknown, index) => {
    const [, method, path] = (typeof text === 'string' && WRITTEN.exec(text)) || [];
    if (!method || !path) {
      throw new UserError('invalid_argument', `paths[${index}] must be like 'GET /responses/{response}'.`);
    }
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as Owned);
    return {
      method,
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([\\w-]{1,200})')}$`),
      ids: names.map((name) => (OWNED.includes(name) ? name : undefined)),
      creates: CREATES[`${method} ${path}`],
      hasModel: method === 'POST' && names.length === 0 && path !== '/conversations',
    };
  });
}

export interface FoundPath {
  path: Path;
  ids: string[];
}

/** The path that a request is for. An address has to fit as it stands: nothing in it is decoded or tidied up. */
export function findPath(paths: readonly Path[], method: string, pathname: string): FoundPath | undefined {
  for (const path of paths) {
    const [fits, ...ids] = (path.method === method && path.pattern.exec(pathname)) || [];
    if (fits !== undefined) return { path, ids };
  }
  return undefined;
}
