/** How the handler tells an object for whom it asks. What clients send under this name never gets so far. */
const HEADER = 'x-agents-wasm-principal';
const LONGEST = 500;

/** Why a text cannot name anybody, as the end of a sentence. */
export function principalFlaw(principal: string): string | undefined {
  if (!principal.isWellFormed()) return 'has a lone surrogate';
  return principal.length > LONGEST ? `is longer than ${LONGEST} characters` : undefined;
}

export function principalHeader(principal: string): Record<string, string> {
  return { [HEADER]: encodeURIComponent(principal) };
}

export function principalOf({ headers }: Request): string | undefined {
  const text = headers.get(HEADER);
  return text ? decodeURIComponent(text) : undefined;
}
