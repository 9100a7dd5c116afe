/** The server that answers the model's requests in place of the offline model. */
export interface Upstream {
  baseURL: URL;
  /** Never sent to the page, and never printed; `null` where the server wants none. */
  apiKey: string | null;
  /** More of what is sent with every request. */
  headers: Record<string, string>;
}

export interface Settings {
  /** The model's name, for the page. */
  model: string;
  /** Not there when the offline model speaks. */
  upstream?: Upstream;
  /** The first port to try; exactly this one where `isPortFixed`. */
  port: number;
  isPortFixed: boolean;
}

/** An environment that cannot be served, in a sentence for whoever set it. */
export class SettingsError extends Error {}

type Environment = Record<string, string | undefined>;

const DEFAULT_PORT = 3000;
const DEFAULT_MODEL = 'gpt-5.6-luna';
const OPENAI = 'https://api.openai.com/v1';

/** What the environment asks for, by the official clients' names for it. */
export function settingsFrom(environment: Environment): Settings {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: baseURL, OPENAI_MODEL: model } = trimmed(environment);
  const place = { port: portFrom(environment), isPortFixed: Boolean(environment['PORT']) };
  if (!key && !baseURL) return { model: 'offline-1', ...place };
  return { model: model || DEFAULT_MODEL, upstream: upstreamOf(environment, baseURL || OPENAI, key), ...place };
}

function upstreamOf(environment: Environment, baseURL: string, key: string | undefined): Upstream {
  const { OPENAI_ORG_ID: organization, OPENAI_PROJECT_ID: project } = trimmed(environment);
  const headers: Record<string, string> = {};
  if (organization) headers['openai-organization'] = organization;
  if (project) headers['openai-project'] = project;
  for (const value of [key, organization, project]) {
    if (value && !/^[\x21-\x7e]+$/.test(value)) {
      throw new SettingsError(
        'OPENAI_API_KEY, or another OPENAI_ variable, holds characters that no header can carry.',
      );
    }
  }
  return { baseURL: checkedURL(baseURL), apiKey: key || null, headers };
}

function checkedURL(text: string): URL {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url && isWeb && !url.username && !url.password && !url.hash) return url;
  throw new SettingsError(
    'OPENAI_BASE_URL must be an http or https address without a user name, such as https://api.openai.com/v1.',
  );
}

function portFrom({ PORT: text }: Environment): number {
  if (!text) return DEFAULT_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new SettingsError('PORT must be a number from 0 to 65535; 0 stands for any free one.');
}

function trimmed(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value?.trim()]));
}
