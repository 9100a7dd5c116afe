import assert from 'node:assert/strict';

import { Ajv2020 } from 'ajv/dist/2020.js';

import chatSchemas from './openai-chat-schemas.json' with { type: 'json' };
import schemas from './openai-schemas.json' with { type: 'json' };

const ajv = new Ajv2020({ strict: false, allErrors: false });
ajv.addSchema([schemas, chatSchemas]);

/** Fails unless `value` fits the schema of that name in OpenAI's own document. */
export function assertFits(name: string, value: unknown): void {
  const document = /ChatCompletion/.test(name) ? 'openai-chat' : 'openai';
  const validate = ajv.getSchema(`${document}#/$defs/${name}`);
  assert.ok(validate, `There is no schema ${name}.`);
  assert.ok(validate(value), `${name}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}
