/**
 * What can be asked of conversations, below the handler's prefix; each with the name of what answers it. The README of
 * `examples/edge` tells what each takes and gives.
 */
const ROUTES = {
  list: 'GET /conversations',
  create: 'POST /conversations',
  describe: 'PATCH /conversations/{id}',
  delete: 'DELETE /conversations/{id}',
  items: 'GET /conversations/{id}/items',
  start: 'POST /conversations/{id}/runs',
  events: 'GET /conversations/{id}/runs/{id}/events',
  cancel: 'POST /conversations/{id}/runs/{id}/cancel',
  resume: 'POST /conversations/{id}/runs/{id}/resume',
  decide: 'POST /conversations/{id}/runs/{id}/approvals',
  search: 'GET /search',
} as const;

export type RouteName = keyof typeof ROUTES;

export interface FoundRoute {
  name: RouteName;
  /** Of the conversation and the run, as far as the path names them. */
  ids: string[];
}

const ID = '([\\w-]{1,128})';
const PATTERNS = Object.entries(ROUTES).map(([name, route]) => {
  const [method, path] = route.split(' ') as [string, string];
  return { name: name as RouteName, method, pattern: new RegExp(`^${path.replaceAll('{id}', ID)}$`) };
});

/** Whether an id can stand in a path. */
export function isPathId(id: unknown): id is string {
  return typeof id === 'string' && /^[\w-]{1,128}$/.test(id);
}

/** What a request asks for. An address has to fit as it stands: nothing in it is decoded or tidied up. */
export function findRoute(method: string, pathname: string): FoundRoute | undefined {
  for (const route of PATTERNS) {
    const [fits, ...ids] = (route.method === method && route.pattern.exec(pathname)) || [];
    if (fits !== undefined) return { name: route.name, ids };
  }
  return undefined;
}
