export {
  Agent,
  type AgentOptions,
  type FunctionToolResult,
  type ModelSettings,
  type Tool,
  type ToolsToFinalOutputResult,
  type ToolUseBehavior,
} from './agent.ts';
export type { AgentToolInput, AgentToolOptions } from './agent-tool.ts';
export { type EncryptionKey, generateEncryptionKey } from './encryption/keys.ts';
export type { RotationProgress, RotationReport } from './encryption/rotation.ts';
export {
  AgentsError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  ConversationBusyError,
  InputGuardrailTripwireTriggered,
  MaxTurnsExceededError,
  ModelBehaviorError,
  ModelRefusalError,
  ModelTimeoutError,
  OutputGuardrailTripwireTriggered,
  RunAbortedError,
  SessionError,
  type SessionErrorCode,
  ToolCallError,
  ToolInputGuardrailTripwireTriggered,
  ToolOutputGuardrailTripwireTriggered,
  ToolTimeoutError,
  UserError,
  WasmError,
  type WasmErrorCode,
} from './errors.ts';
export type {
  GuardrailFunctionOutput,
  InputGuardrail,
  InputGuardrailResult,
  OutputGuardrail,
  OutputGuardrailResult,
} from './guardrail.ts';
export {
  type Handoff,
  type HandoffInputData,
  type HandoffInputFilter,
  type HandoffOptions,
  handoff,
} from './handoff.ts';
export { nestHandoffHistory, removeAllTools } from './handoff-filters.ts';
export type { Hooks } from './hooks.ts';
export {
  applyPatchTool,
  codeInterpreterTool,
  computerTool,
  type FileSearchOptions,
  fileSearchTool,
  type HostedMcpOptions,
  type HostedTool,
  hostedMcpTool,
  hostedTool,
  type ImageGenerationOptions,
  imageGenerationTool,
  shellTool,
  type WebSearchOptions,
  webSearchTool,
} from './hosted-tools.ts';
export { init, type WasmSource } from './instance.ts';
export {
  type Item,
  type RunInput,
  type RunItem,
  type RunToolApprovalItem,
  runItemsToInputItems,
  type StoredItem,
} from './items.ts';
export type { RetrySettings } from './models/call-policy.ts';
export { type ChatCompletionsModelOptions, OpenAIChatCompletionsModel } from './models/chat/chat-model.ts';
export type {
  Model,
  ModelAnswer,
  ModelEvent,
  ModelRequest,
  ModelTool,
  ModelUsage,
  OutputFormat,
} from './models/model.ts';
export { conversationMarkdown, exportDatabase, importChatGPT, importDatabase } from './moving/moving.ts';
export type {
  ChatGPTImportOptions,
  ChatGPTImportReport,
  DatabaseExportOptions,
  DatabaseImportOptions,
  MarkdownOptions,
  MovingProgress,
} from './moving/moving-options.ts';
export { type DefaultOpenAIOptions, type OpenAIOptions, type OpenAISettings, setDefaultOpenAI } from './openai.ts';
export type { FinalOutput, JsonSchemaOutput, OutputOf, OutputType } from './output-type.ts';
export { analyzeConversationPatterns } from './patterns.ts';
export type { ConversationPatterns, ToolPattern } from './patterns-report.ts';
export { requestPersistence } from './persistence.ts';
export type {
  CallModelInputFilter,
  ModelInputData,
  RunErrorHandler,
  RunErrorHandlerInput,
  RunErrorHandlerResult,
  RunErrorHandlers,
  ToolErrorFormatter,
  ToolErrorFormatterArgs,
} from './run-callback-types.ts';
export type { RunContext } from './run-context.ts';
export type { SessionInputCallback } from './run-host.ts';
export type { ResumeOptions, RunConfig, RunOptions, RunSettings } from './run-options.ts';
export type { ModelResponse, RunResult } from './run-result.ts';
export { RunState } from './run-state.ts';
export { Runner, run } from './runner.ts';
export type { SchemaOutput, StandardSchema } from './schema.ts';
export type {
  SdkConversation,
  SdkMutation,
  SdkSession,
  SdkTransaction,
  SdkTransactionArgs,
} from './sdk/contract.ts';
export { fromSdkSession, type SdkSessionOf } from './sdk/sdk-backed-session.ts';
export type { SdkItem } from './sdk/sdk-item.ts';
export type { Branch, ForkPoint } from './sessions/branches.ts';
export type { ByteStream } from './sessions/byte-stream.ts';
export type {
  Compaction,
  CompactionContext,
  CompactionEvent,
  CompactionMode,
  CompactionOptions,
  CompactionOutcome,
  CompactionProgress,
  CompactionResult,
  CompactionStrategy,
  RunCompactionOptions,
  ShouldTriggerCompaction,
} from './sessions/compaction.ts';
export {
  OpenAIResponsesCompactionArgs,
  type OpenAIResponsesCompactionArgsOptions,
} from './sessions/compaction-args.ts';
export type { ContextUsage, ContextUsageOptions } from './sessions/context-usage.ts';
export type { Conversation, ConversationPage, ListOptions } from './sessions/conversations.ts';
export {
  type CopyOptions,
  type CopyProgress,
  type CopyReport,
  copyConversation,
} from './sessions/copy-conversation.ts';
export type { DoctorFinding, DoctorReport } from './sessions/doctor.ts';
export {
  EncryptedSession,
  type EncryptedSessionOptions,
  type RotateKeysOptions,
} from './sessions/encrypted-session.ts';
export type { EraseOptions, EraseReport, EraseSelection } from './sessions/erase.ts';
export type { ExportOptions, ExportProgress } from './sessions/export-conversations.ts';
export { type FallbackEvent, type FallbackOptions, withFallback } from './sessions/fallback-session.ts';
export type {
  ImportOptions,
  ImportProblem,
  ImportProgress,
  ImportReport,
} from './sessions/import-conversations.ts';
export { IndexedDBSession, type IndexedDBSessionOptions } from './sessions/indexeddb-session.ts';
export type { ByteSource } from './sessions/lines.ts';
export { MemorySession } from './sessions/memory-session.ts';
export type { OpenRun } from './sessions/open-runs.ts';
export { type OpenSessionOptions, openSession } from './sessions/open-session.ts';
export {
  type ForgetfulIdsWarning,
  OpenAIConversationsSession,
  type OpenAIConversationsSessionOptions,
} from './sessions/openai-conversations-session.ts';
export {
  OpenAIResponsesCompactionSession,
  type OpenAIResponsesCompactionSessionOptions,
} from './sessions/openai-responses-compaction-session.ts';
export type { ItemPage, ItemRange, PageOptions } from './sessions/pages.ts';
export { type RecoverOptions, type RecoveryReport, recoverDatabase } from './sessions/recover.ts';
export type { RetentionOptions, RetentionProgress, RetentionReport, RetentionRules } from './sessions/retention.ts';
export type { SearchHit, SearchOptions, SearchProgress, SearchResult } from './sessions/search.ts';
export {
  type ArchiveOptions,
  type CompactionWarning,
  type LoadOptions,
  type SaveOptions,
  type Session,
  SessionABC,
  SessionSettings,
  type SessionSettingsOptions,
  type SessionWarning,
  type SlowSessionWarning,
  type StoredSessionOptions,
} from './sessions/session.ts';
export type { Spread } from './sessions/spread.ts';
export {
  type SQLiteDatabaseOptions,
  SQLiteSession,
  type SQLiteSessionOptions,
  type SQLiteTables,
} from './sessions/sqlite-session.ts';
export type { ConversationStats, RunUsage, StatsOptions } from './sessions/stats.ts';
export type { StorageReport } from './sessions/storage-report.ts';
export type { SessionStorage } from './sessions/stored-session.ts';
export type { TokenCalibration } from './sessions/token-calibration.ts';
export type { AnswerUsage } from './sessions/usage-records.ts';
export type { ConversationEvent, ConversationListener } from './sessions/watch.ts';
export { type RunItemEventName, type RunStreamEvent, StreamedRun } from './stream.ts';
export { type EstimateOptions, estimateTokens } from './tokens.ts';
export { type FunctionTool, type ToolCallDetails, type ToolOptions, tool } from './tool.ts';
export {
  defineToolInputGuardrail,
  defineToolOutputGuardrail,
  type ToolGuardrailFunctionOutput,
  ToolGuardrailFunctionOutputFactory,
  type ToolGuardrailResult,
  type ToolInputGuardrail,
  type ToolInputGuardrailData,
  type ToolOutputGuardrail,
  type ToolOutputGuardrailData,
} from './tool-guardrail.ts';
export type { ToolOutputFile, ToolOutputImage, ToolOutputPart, ToolOutputText } from './tool-parts.ts';
export { ConsoleProcessor } from './tracing/console-processor.ts';
export { MemoryProcessor } from './tracing/memory-processor.ts';
export { type OtelApi, type OtelSpan, type OtelTracer, openTelemetryProcessor } from './tracing/open-telemetry.ts';
export { OpenAIProcessor, type OpenAIProcessorOptions } from './tracing/openai-processor.ts';
export { fromSdkProcessor, type SdkTracingProcessor, type TracingProcessor } from './tracing/processor.ts';
export { type RunTracingOptions, setTracing, type TracingOptions } from './tracing/settings.ts';
export type { Span, SpanData, SpanError, SpanJson, TaskSpanData, TurnUsage } from './tracing/span.ts';
export type { Trace, TraceJson } from './tracing/trace.ts';
export { type TraceOptions, withTrace } from './tracing/with-trace.ts';
export type { Usage } from './usage.ts';
