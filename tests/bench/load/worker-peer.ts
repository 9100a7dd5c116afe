// Runs in workerd: @openai/agents with its memory session, an object per principal.
import { peerSide } from './peer.ts';
import { answerTo } from './side.ts';
import { toObject } from './worker.ts';

export class Conversations {
  readonly #side = peerSide();

  fetch(request: Request): Promise<Response> {
    return answerTo(request, this.#side);
  }
}

export default { fetch: toObject };
