// Runs in workerd: agents-wasm with its memory session, an object per principal.
import { MemorySession } from 'agents-wasm';

import { ourSide } from './ours.ts';
import { answerTo } from './side.ts';
import { toObject } from './worker.ts';

export class Conversations {
  readonly #side = ourSide(new MemorySession());

  fetch(request: Request): Promise<Response> {
    return answerTo(request, this.#side);
  }
}

export default { fetch: toObject };
