/** What a provider says beside what the SDK knows. */
// biome-ignore lint/suspicious/noExplicitAny: an open set
type ProviderData = Record<string, any>;

interface Base {
  providerData?: ProviderData | undefined;
}

interface Identified extends Base {
  id?: string | undefined;
}

type Status = 'in_progress' | 'completed' | 'incomplete';

interface CacheBreakpoint {
  promptCacheBreakpoint?: { mode: 'explicit' } | undefined;
}

export interface SdkInputText extends Base, CacheBreakpoint {
  type: 'input_text';
  text: string;
}

export interface SdkInputImage extends Base, CacheBreakpoint {
  type: 'input_image';
  image?: string | { id: string } | undefined;
  detail?: string | undefined;
}

export interface SdkInputFile extends Base, CacheBreakpoint {
  type: 'input_file';
  file?: string | { id: string } | { url: string } | undefined;
  filename?: string | undefined;
}

export interface SdkAudio extends Base, CacheBreakpoint {
  type: 'audio';
  audio: string | { id: string };
  format?: string | null | undefined;
  transcript?: string | null | undefined;
}

type SdkAnswerPart =
  | (Base & { type: 'output_text'; text: string })
  | (Base & { type: 'refusal'; refusal: string })
  | SdkAudio
  | (Base & { type: 'image'; image: string });

interface Message extends Identified {
  type?: 'message' | undefined;
}

export interface SdkUserMessage extends Message {
  role: 'user';
  content: string | (SdkInputText | SdkInputImage | SdkInputFile | SdkAudio)[];
}

export interface SdkSystemMessage extends Message {
  role: 'system';
  content: string;
}

export interface SdkAssistantMessage extends Message {
  role: 'assistant';
  status: Status;
  content: SdkAnswerPart[];
  phase?: 'commentary' | 'final_answer' | undefined;
}

export type SdkCaller = { type: 'direct' } | { type: 'program'; callerId: string };

interface Called extends Identified {
  callId: string;
  caller?: SdkCaller | undefined;
}

export interface SdkFunctionCall extends Called {
  type: 'function_call';
  name: string;
  namespace?: string | undefined;
  status?: Status | undefined;
  arguments: string;
}

type SdkBytes = string | Uint8Array<ArrayBuffer>;

type SdkToolImage = string | { data: SdkBytes; mediaType?: string | undefined } | { url: string } | { fileId: string };

type SdkToolFile =
  | string
  | { data: SdkBytes; mediaType: string; filename: string }
  | { url: string; filename?: string | undefined }
  | { id: string; filename?: string | undefined };

export interface SdkFunctionCallResult extends Called {
  type: 'function_call_result';
  name: string;
  namespace?: string | undefined;
  status: Status;
  output:
    | string
    | (Base & { type: 'text'; text: string })
    | (Base & { type: 'image'; image?: SdkToolImage | undefined; detail?: string | undefined })
    | (Base & { type: 'file'; file: SdkToolFile })
    | (SdkInputText | SdkInputImage | SdkInputFile)[];
}

export interface SdkHostedToolCall extends Identified {
  type: 'hosted_tool_call';
  name: string;
  arguments?: string | undefined;
  status?: string | undefined;
  output?: string | undefined;
  caller?: SdkCaller | undefined;
}

type Point = { x: number; y: number };

export type SdkComputerAction =
  | { type: 'screenshot' | 'wait' }
  | ({ type: 'click'; button: 'left' | 'right' | 'wheel' | 'back' | 'forward' } & Point)
  | ({ type: 'double_click' | 'move' } & Point)
  | ({ type: 'scroll'; scroll_x: number; scroll_y: number } & Point)
  | { type: 'type'; text: string }
  | { type: 'keypress'; keys: string[] }
  | { type: 'drag'; path: Point[] };

export interface SdkComputerCall extends Identified {
  type: 'computer_call';
  callId: string;
  status: Status;
  action?: SdkComputerAction | undefined;
  actions?: SdkComputerAction[] | undefined;
}

export interface SdkComputerCallResult extends Identified {
  type: 'computer_call_result';
  callId: string;
  output: Base & { type: 'computer_screenshot'; data: string };
}

export interface SdkShellCall extends Called {
  type: 'shell_call';
  status?: Status | undefined;
  action: { commands: string[]; timeoutMs?: number | undefined; maxOutputLength?: number | undefined };
}

export interface SdkShellOutput {
  stdout: string;
  stderr: string;
  outcome: { type: 'timeout' } | { type: 'exit'; exitCode: number | null };
  [field: string]: unknown;
}

export interface SdkShellCallResult extends Called {
  type: 'shell_call_output';
  status?: Status | undefined;
  maxOutputLength?: number | undefined;
  output: SdkShellOutput[];
}

export interface SdkApplyPatchCall extends Called {
  type: 'apply_patch_call';
  status: 'in_progress' | 'completed';
  operation:
    | { type: 'create_file'; path: string; diff: string }
    | { type: 'update_file'; path: string; diff: string; moveTo?: string | undefined }
    | { type: 'delete_file'; path: string };
}

export interface SdkApplyPatchCallResult extends Called {
  type: 'apply_patch_call_output';
  status: 'completed' | 'failed';
  output?: string | undefined;
}

interface ToolSearch extends Identified {
  call_id?: string | null | undefined;
  callId?: string | null | undefined;
  execution?: 'client' | 'server' | undefined;
  status?: string | undefined;
}

export interface SdkToolSearchCall extends ToolSearch {
  type: 'tool_search_call';
  arguments: unknown;
}

export interface SdkToolSearchOutput extends ToolSearch {
  type: 'tool_search_output';
  tools: ProviderData[];
  toolSearchAgentName?: string | undefined;
  toolSearchMcpToolNames?: string[] | undefined;
}

export interface SdkProgram extends Identified {
  type: 'program';
  callId: string;
  code: string;
  fingerprint: string;
}

export interface SdkProgramOutput extends Identified {
  type: 'program_output';
  callId: string;
  output: string;
  status: 'completed' | 'incomplete';
}

export interface SdkReasoning extends Identified {
  type: 'reasoning';
  content: SdkInputText[];
  rawContent?: (Base & { type: 'reasoning_text'; text: string })[] | undefined;
}

export interface SdkCompaction extends Identified {
  type: 'compaction';
  encrypted_content: string;
  created_by?: string | undefined;
}

/** What the SDK has no form for: `providerData` is the item as the API has it. */
export interface SdkUnknown extends Identified {
  type: 'unknown';
}

/** One item of a history in the form of `@openai/agents`: its `AgentInputItem`. */
export type SdkItem =
  | SdkUserMessage
  | SdkAssistantMessage
  | SdkSystemMessage
  | SdkToolSearchCall
  | SdkToolSearchOutput
  | SdkHostedToolCall
  | SdkProgram
  | SdkProgramOutput
  | SdkFunctionCall
  | SdkComputerCall
  | SdkShellCall
  | SdkFunctionCallResult
  | SdkComputerCallResult
  | SdkShellCallResult
  | SdkApplyPatchCall
  | SdkApplyPatchCallResult
  | SdkReasoning
  | SdkCompaction
  | SdkUnknown;
