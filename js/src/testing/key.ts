import { WireError } from './errors.ts';

/** Throws the live API's 401 when the key that is asked for is not there. */
export function checkKey(headers: Headers, required: boolean | string): void {
  if (required === false) return;
  const key = /^Bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (key === undefined) {
    throw new WireError(401, {
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys.",
    });
  }
  if (required === true || key === required) return;
  throw new WireError(401, {
    message:
      'Incorrect API key provided: sk-***. You can find your API key at https://platform.openai.com/account/api-keys.',
    code: 'invalid_api_key',
  });
}
