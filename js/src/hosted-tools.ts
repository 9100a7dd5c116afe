import { checkJson, checkOptions, checkText } from './check.ts';

/** A tool that the API runs by itself. Its calls and what comes of them are items of the model's answer. */
export interface HostedTool {
  readonly type: 'hosted_tool';
  readonly name: string;
  /** As the wire has it: `{type: 'web_search', …}`. */
  readonly providerData: { readonly type: string; readonly [member: string]: unknown };
}

/**
 * Any tool of the API, by its definition on the wire.
 *
 * @example
 * const search = hostedTool({ type: 'web_search', search_context_size: 'low' });
 */
export function hostedTool(definition: { type: string; [member: string]: unknown }): HostedTool {
  checkOptions('The definition of a hosted tool', definition);
  checkText("The definition's type", definition.type);
  checkJson('The definition of a hosted tool', definition);
  return Object.freeze({ type: 'hosted_tool', name: definition.type, providerData: definition });
}

/** The SDK's camelCase names as the wire's; headers have names of their own. */
function onWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(onWire);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, inner]) => {
    const wireName = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [wireName, name === 'headers' ? inner : onWire(inner)];
  });
  return Object.fromEntries(members);
}

function toolOf(type: string, options: object, argument: string): HostedTool {
  checkOptions(argument, options);
  return hostedTool({ type, ...(onWire(options) as object) });
}

export interface WebSearchOptions {
  userLocation?: { type: 'approximate'; city?: string; country?: string; region?: string; timezone?: string };
  filters?: { allowedDomains?: string[] };
  searchContextSize?: 'low' | 'medium' | 'high';
  externalWebAccess?: boolean;
}

export function webSearchTool(options: WebSearchOptions = {}): HostedTool {
  return toolOf('web_search', options, 'The options of webSearchTool');
}

export interface FileSearchOptions {
  maxNumResults?: number;
  rankingOptions?: { ranker?: string; scoreThreshold?: number };
  /** `{type: 'eq', key, value}` and the like. */
  filters?: object;
}

export function fileSearchTool(vectorStoreIds: string | string[], options: FileSearchOptions = {}): HostedTool {
  const ids = typeof vectorStoreIds === 'string' ? [vectorStoreIds] : vectorStoreIds;
  return toolOf('file_search', { vectorStoreIds: ids, ...options }, 'The options of fileSearchTool');
}

export function codeInterpreterTool(options: { container?: string | object } = {}): HostedTool {
  return toolOf('code_interpreter', { container: { type: 'auto' }, ...options }, 'The options of codeInterpreterTool');
}

export interface ImageGenerationOptions {
  action?: 'generate' | 'edit' | 'auto';
  background?: 'transparent' | 'opaque' | 'auto';
  inputFidelity?: 'high' | 'low';
  inputImageMask?: { fileId?: string; imageUrl?: string };
  model?: string;
  moderation?: 'auto' | 'low';
  outputCompression?: number;
  outputFormat?: 'png' | 'webp' | 'jpeg';
  partialImages?: number;
  quality?: 'low' | 'medium' | 'high' | 'auto';
  size?: string;
}

export function imageGenerationTool(options: ImageGenerationOptions = {}): HostedTool {
  return toolOf('image_generation', options, 'The options of imageGenerationTool');
}

export interface HostedMcpOptions {
  serverLabel: string;
  serverUrl?: string;
  connectorId?: string;
  serverDescription?: string;
  authorization?: string;
  headers?: Record<string, string>;
  allowedTools?: string[] | { toolNames?: string[]; readOnly?: boolean };
  /** Default `never`. A request for an approval is answered with an `mcp_approval_response` in the next run's input. */
  requireApproval?: 'never' | 'always' | { never?: { toolNames?: string[] }; always?: { toolNames?: string[] } };
}

/** A remote MCP server, which the API calls. */
export function hostedMcpTool(options: HostedMcpOptions): HostedTool {
  return toolOf('mcp', { requireApproval: 'never', ...options }, 'The options of hostedMcpTool');
}

/** A shell. In a container of the API's by default; its calls are not run here. */
export function shellTool(options: { environment?: object } = {}): HostedTool {
  return toolOf('shell', { environment: { type: 'container_auto' }, ...options }, 'The options of shellTool');
}

/** Lets the model write patches. They are items of its answer, and not applied here. */
export function applyPatchTool(): HostedTool {
  return toolOf('apply_patch', {}, 'The options of applyPatchTool');
}

/** Lets the model use a computer. Its actions are items of its answer, and not done here. */
export function computerTool(): HostedTool {
  return toolOf('computer', {}, 'The options of computerTool');
}
