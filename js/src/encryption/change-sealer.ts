import { joinBytes, joinElements } from '../bytes.ts';
import { parseText } from '../items.ts';
import type { AppendEdit, ChangeHead, ReplaceEdit, StandInEdit, WireEdit } from '../store-wire.ts';
import { sealAll } from './batch.ts';
import { envelopeOf } from './envelope.ts';
import type { Sealed } from './fernet.ts';
import type { ConversationKeys } from './keys.ts';

const encoder = new TextEncoder();

/** Gives an edit as it is stored, and adds its texts to the body, when the tokens are there. */
type Finish = (body: Uint8Array[]) => WireEdit;
/** The token of a text, when it is there. */
type Token = () => Uint8Array;

/** Encrypts all texts of a change, in one go. */
export class ChangeSealer {
  readonly #change: ChangeHead;
  readonly #edits: Finish[];
  readonly #texts: Sealed[] = [];
  #tokens: Uint8Array[] = [];
  /** In seconds, and one for all that belongs together: it expires together. */
  readonly #now = Date.now() / 1000;

  constructor(change: ChangeHead, body: Uint8Array) {
    this.#change = change;
    let rest = body;
    this.#edits = change.edits.map((edit) => {
      if (!('bytes' in edit)) return this.#plain(edit);
      const text = rest.subarray(0, edit.bytes);
      rest = rest.subarray(edit.bytes);
      return edit.type === 'replace' ? this.#replace(edit, text) : this.#add(edit, text);
    });
  }

  get hasTexts(): boolean {
    return this.#texts.length > 0;
  }

  async seal(keys: ConversationKeys): Promise<{ change: ChangeHead; body: Uint8Array }> {
    this.#tokens = await sealAll(keys, this.#texts);
    const body: Uint8Array[] = [];
    const { fingerprint, ...rest } = this.#change;
    const change: ChangeHead = { ...rest, edits: this.#edits.map((finish) => finish(body)) };
    // The core's is made of the texts, and would tell of them. Another one each time would be taken for another change.
    if (fingerprint !== undefined) change.fingerprint = await keys.hide(fingerprint);
    return { change, body: joinBytes(body) };
  }

  #plain(edit: WireEdit): Finish {
    if (edit.type === 'note') {
      const note = this.#object(edit.note);
      return () => ({ ...edit, note: note() });
    }
    if (edit.type !== 'describe') return () => edit;
    const title = edit.title ? this.#text(edit.title) : undefined;
    const metadata = edit.metadata ? this.#object(edit.metadata) : undefined;
    return () => ({
      ...edit,
      ...(title ? { title: parseText(title()) } : {}),
      ...(metadata ? { metadata: metadata() } : {}),
    });
  }

  #replace(edit: ReplaceEdit, text: Uint8Array): Finish {
    const item = this.#text(text);
    const sdk = this.#object(edit.sdk ?? '');
    return (body) => {
      const envelope = envelopeOf(item());
      body.push(envelope);
      return { ...edit, bytes: envelope.length, ...(edit.sdk ? { sdk: sdk() } : {}) };
    };
  }

  #add(edit: AppendEdit | StandInEdit, text: Uint8Array): Finish {
    const { lengths = [], sdk, kept, ...rest } = edit;
    let offset = 0;
    const items = lengths.map((length, index) => {
      offset += length + 1;
      return this.#text(text.subarray(offset - length - 1, offset - 1), timeOf(kept?.[index]));
    });
    const others = sdk?.map((one) => this.#object(one));
    return (body) => {
      const envelopes = joinElements(items.map((token) => envelopeOf(token())));
      body.push(envelopes);
      const more = { ...(others ? { sdk: others.map((one) => one()) } : {}), ...(kept ? { kept } : {}) };
      return { ...rest, ...more, bytes: envelopes.length };
    };
  }

  #text(text: Uint8Array | string, time = this.#now): Token {
    const index = this.#texts.length;
    this.#texts.push({ text: typeof text === 'string' ? encoder.encode(text) : text, time });
    return () => this.#tokens[index] as Uint8Array;
  }

  /** JSON as an envelope, which is JSON too; an empty text stays one. */
  #object(json: string): () => string {
    if (json === '') return () => '';
    const token = this.#text(json);
    return () => parseText(envelopeOf(token()));
  }
}

/** What was said long ago expires as if it had been encrypted then. */
function timeOf(kept: { at: string } | undefined): number | undefined {
  const time = kept ? Date.parse(kept.at) / 1000 : Number.NaN;
  return Number.isFinite(time) ? time : undefined;
}
