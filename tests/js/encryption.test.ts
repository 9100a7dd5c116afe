import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { generateEncryptionKey } from 'agents-wasm';
import fc from 'fast-check';

import { fromBase64Url, toBase64Url } from '../../js/src/encryption/base64url.ts';
import { elementsOf, envelopeOf, itemFrom, tokenIn, tokenOfTitle } from '../../js/src/encryption/envelope.ts';
import { itemKey } from '../../js/src/encryption/keys.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

type Vector = [secret: string, conversationId: string, text: string, time: number, iv: string, token: string];
const VECTORS: Vector[] = JSON.parse(readFileSync(new URL('../support/fernet-vectors.json', import.meta.url), 'utf8'));

test("tokens are those of Python's cryptography, whatever the key is", async () => {
  assert.ok(VECTORS.length > 10);
  for (const [secret, conversationId, text, time, iv, token] of VECTORS) {
    const key = await itemKey(secret, conversationId);
    const sealed = await key.seal({ text: encode(text), time }, new Uint8Array(Buffer.from(iv, 'base64url')));
    assert.equal(decode(sealed), token, secret);
    const opened = await key.open(encode(token));
    assert.deepEqual([decode(opened!.text), opened!.time], [text, time], secret);
  }
});

test('a token with any byte changed, cut or added opens nothing, and so does another key or conversation', async () => {
  const key = await itemKey('secret', 'c');
  const token = await key.seal({ text: encode('{"role":"user","content":"hi"}'), time: 1_700_000_000 });
  const raw = fromBase64Url(token) as Uint8Array;
  for (let at = 0; at < raw.length; at++) {
    const changed = raw.slice();
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    assert.equal(await key.open(toBase64Url(changed)), undefined, `byte ${at}`);
    assert.equal(await key.open(toBase64Url(raw.subarray(0, at))), undefined, `${at} bytes`);
  }
  for (const text of ['', 'A', '=', '====', 'gAAAAA', `${decode(token)}AAAA`, `${decode(token).slice(0, -2)}!=`]) {
    assert.equal(await key.open(encode(text)), undefined, text);
  }
  for (const [secret, conversationId] of [
    ['Secret', 'c'],
    ['secret', 'd'],
  ] as const) {
    assert.equal(await (await itemKey(secret, conversationId)).open(token), undefined);
  }
});

test('the same text is another token each time', async () => {
  const key = await itemKey('secret', 'c');
  const tokens = await Promise.all(Array.from({ length: 100 }, () => key.seal({ text: encode('hi'), time: 1 })));
  assert.equal(new Set(tokens.map(decode)).size, 100);
});

test('a new key is 32 random bytes in URL-safe base64, as Fernet writes it', () => {
  const keys = Array.from({ length: 100 }, generateEncryptionKey);
  assert.equal(new Set(keys).size, 100);
  for (const key of keys) {
    assert.match(key, /^[\w-]{43}=$/);
    assert.equal(Buffer.from(key, 'base64url').length, 32);
  }
});

test('URL-safe base64 is what Node makes of the same bytes, and goes back to them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = decode(toBase64Url(bytes));
      assert.equal(text.replace(/=+$/, ''), Buffer.from(bytes).toString('base64url'));
      assert.equal(text.length % 4, 0);
      if (bytes.length > 0) assert.deepEqual(fromBase64Url(encode(text)), bytes);
    }),
  );
});

test('a list of envelopes and of any other JSON is cut where its elements end', () => {
  const token = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => decode(toBase64Url(bytes)));
  const envelope = token.map((text) => decode(envelopeOf(encode(text))));
  const element = fc.oneof(
    envelope,
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify(value, null, 1)),
  );
  fc.assert(
    fc.property(fc.array(element, { maxLength: 6 }), (elements) => {
      assert.deepEqual(elementsOf(encode(elements.join(','))).map(decode), elements);
    }),
  );
});

test('an envelope is known in whatever way its JSON is written, and nothing else is one', () => {
  const token = (json: string) => {
    const found = tokenIn(encode(json));
    return found && decode(found);
  };
  assert.equal(token(decode(envelopeOf(encode('gAAA')))), 'gAAA');
  assert.equal(token('{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": "gAAA"}'), 'gAAA');
  assert.equal(token('{"payload":"\\u0067AAA","kid":"other","v":2,"more":[],"__enc__":1}'), 'gAAA');
  assert.equal(token('{"__enc__":1,"v":1,"kid":"hkdf-v1","payload":7}'), '', 'a damaged one is no plain item');
  for (const plain of [
    '{"__enc__":2,"v":1,"kid":"","payload":""}',
    '{"__enc__":1,"payload":"x"}',
    '"__enc__"',
    'null',
    '',
  ]) {
    assert.equal(token(plain), undefined, plain);
  }
  assert.equal(token('{"role":"user","content":"\\"__enc__\\""}'), undefined);
  assert.equal(tokenOfTitle('gAAAAA of a title in words'), undefined);
  assert.equal(decode(tokenOfTitle(VECTORS[0]![5])!), VECTORS[0]![5]);
});

test('an item of any making is read without the blanks between its parts, and else to the letter', () => {
  const item = (text: string) => {
    const found = itemFrom(encode(text));
    return found && decode(found);
  };
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      assert.equal(item(JSON.stringify(value, null, '\t ')), JSON.stringify(value));
    }),
  );
  assert.equal(item('{"b": 1e5, "10": 1.0, "b": "\\ud800 \\" x"}'), '{"b":1e5,"10":1.0,"b":"\\ud800 \\" x"}');
  for (const none of ['', '7', '[]', ' {}', '{"a":NaN}', '{', '{} {}', '"x"'])
    assert.equal(item(none), undefined, none);
  assert.equal(itemFrom(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), undefined);
});
