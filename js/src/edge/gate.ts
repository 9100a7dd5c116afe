import { called } from './hooks.ts';
import type { Settings } from './options.ts';
import type { FoundPath, Path } from './paths.ts';
import { askRate, nameOf } from './principals.ts';
import { namedIn, type Owned } from './references.ts';
import { Refusal } from './refusal.ts';

/** The names of this machine, as a URL writes them. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
/** Each may be a question to a database. */
const MOST_REFERENCES = 200;

/** Decides what is passed on. Each check throws a `Refusal`. */
export class Gate {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Who asks, or the answer that `authorize` has for them. */
  async principal(request: Request): Promise<string | Response> {
    const { authorize, report } = this.#settings;
    if (authorize === 'anyone') {
      if (LOOPBACK.test(new URL(request.url).hostname)) return authorize;
      throw new Refusal(403, 'loopback_only', "authorize: 'anyone' answers only under the names of this machine.");
    }
    return called('authorize', report, async () => nameOf(await authorize(request)));
  }

  async rate(principal: string): Promise<void> {
    const { rate, report } = this.#settings;
    if (rate) await called('rate', report, () => askRate(rate, principal));
  }

  async path(principal: string, { path, ids }: FoundPath): Promise<void> {
    if (path.creates === 'conversation' && !this.#settings.owns) throw nothingOwned('conversation');
    for (const [index, kind] of path.ids.entries()) {
      if (kind) await this.#owned(principal, kind, ids[index] as string);
    }
  }

  async body(principal: string, { hasModel }: Path, body: Record<string, unknown> | undefined): Promise<void> {
    const { models: allowed } = this.#settings;
    const { references, models } = namedIn(body ?? {});
    if (allowed && hasModel && typeof body?.model !== 'string') {
      throw new Refusal(400, 'missing_required_parameter', 'A model must be named.', { param: 'model' });
    }
    if (allowed && !models.every((model) => allowed.includes(model))) {
      throw new Refusal(403, 'model_not_allowed', 'This model may not be used here.', { param: 'model' });
    }
    if (references.size > MOST_REFERENCES) {
      throw new Refusal(400, 'too_many_references', `A request may name ${MOST_REFERENCES} things by their ids.`);
    }
    for (const { kind, id, param } of references.values()) await this.#owned(principal, kind, id, param);
  }

  async #owned(principal: string, kind: Owned, id: string, param?: string): Promise<void> {
    const { owns, report } = this.#settings;
    if (!owns) throw nothingOwned(kind, param);
    if ((await called('owns', report, () => owns(principal, kind, id))) === true) return;
    throw new Refusal(404, 'not_found', `There is no such ${words(kind)}.`, { param });
  }
}

function nothingOwned(kind: Owned, param?: string): Refusal {
  const message = `The proxy has no 'owns' that tells whose ${words(kind)} this is, and so uses none.`;
  return new Refusal(403, 'not_allowed', message, { param });
}

const words = (kind: Owned) => kind.replace('_', ' ');
