export { Agent, type AgentOptions, type ModelSettings } from './agent.ts';
export {
  AgentsError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  ConversationBusyError,
  MaxTurnsExceededError,
  ModelBehaviorError,
  RunAbortedError,
  SessionError,
  type SessionErrorCode,
  UserError,
} from './errors.ts';
export { init, type WasmSource } from './instance.ts';
export { type Item, type RunInput, type RunItem, runItemsToInputItems, type StoredItem } from './items.ts';
export { type OpenAIOptions, setDefaultOpenAI } from './openai.ts';
export type { SessionInputCallback } from './run-host.ts';
export type { ResumeOptions, RunConfig, RunOptions } from './run-options.ts';
export type { RunResult, Usage } from './run-result.ts';
export { Runner, run } from './runner.ts';
export type {
  SdkConversation,
  SdkMutation,
  SdkSession,
  SdkTransaction,
  SdkTransactionArgs,
} from './sdk/contract.ts';
export { fromSdkSession, type SdkSessionOf } from './sdk/sdk-backed-session.ts';
export type { SdkItem } from './sdk/sdk-item.ts';
export type { Conversation, ConversationPage, ListOptions } from './sessions/conversations.ts';
export type { DoctorFinding, DoctorReport } from './sessions/doctor.ts';
export { type FallbackEvent, type FallbackOptions, withFallback } from './sessions/fallback-session.ts';
export { IndexedDBSession, type IndexedDBSessionOptions } from './sessions/indexeddb-session.ts';
export { MemorySession } from './sessions/memory-session.ts';
export type { OpenRun } from './sessions/open-runs.ts';
export { type OpenSessionOptions, openSession } from './sessions/open-session.ts';
export type { ItemPage, ItemRange, PageOptions } from './sessions/pages.ts';
export { type RecoverOptions, type RecoveryReport, recoverDatabase } from './sessions/recover.ts';
export {
  type LoadOptions,
  type SaveOptions,
  type Session,
  SessionABC,
  SessionSettings,
  type SessionSettingsOptions,
  type SlowSessionWarning,
  type StoredSessionOptions,
} from './sessions/session.ts';
export { SQLiteSession, type SQLiteSessionOptions } from './sessions/sqlite-session.ts';
export type { SessionStorage } from './sessions/stored-session.ts';
export type { ConversationEvent, ConversationListener } from './sessions/watch.ts';
export { type RunItemEventName, type RunStreamEvent, StreamedRun } from './stream.ts';
export { type FunctionTool, type RunContext, type ToolCallDetails, type ToolOptions, tool } from './tool.ts';
