/** The part of the API that the page may use, without the `/v1` before it. */
const ROUTES: { method: string; path: RegExp }[] = [
  { method: 'POST', path: /^\/responses$/ },
  { method: 'GET', path: /^\/responses\/[\w-]{1,200}$/ },
  { method: 'GET', path: /^\/models$/ },
];

/** The path below the API's base, with its query, or nothing where the page has no business. */
export function apiPath(method: string | undefined, url: URL): string | undefined {
  const path = url.pathname.slice('/v1'.length);
  const isOpen = ROUTES.some((route) => route.method === method && route.path.test(path));
  return isOpen ? path + url.search : undefined;
}
