import type { IncomingMessage } from 'node:http';

/** `localhost` in all its spellings, with or without a port. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * Why a request is refused, or nothing when it comes from this machine's own page. The key behind this server would
 * otherwise serve any site that the browser visits: a name that points to 127.0.0.1 (DNS rebinding) has a foreign Host,
 * and a page elsewhere has a foreign Origin or says so in Sec-Fetch-Site.
 */
export function refusal({ headers }: IncomingMessage): string | undefined {
  const { host, origin } = headers;
  if (!host || !LOOPBACK.test(host)) return 'This server answers only under the names of this machine.';
  if (origin !== undefined && origin !== `http://${host}`) return 'This server answers only to its own page.';
  const site = headers['sec-fetch-site'];
  const isNavigation = headers['sec-fetch-mode'] === 'navigate';
  if (site && !isNavigation && !['same-origin', 'none'].includes(String(site))) {
    return 'This server answers only to its own page.';
  }
  return undefined;
}
