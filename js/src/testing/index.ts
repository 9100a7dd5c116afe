export { WireError } from './errors.ts';
export type { Fault } from './faults.ts';
export type { Latency } from './generate.ts';
export type { CutReason, Model, ModelAnswer, ModelOutput, ModelRequest, RawAnswer } from './model.ts';
export { OfflineModel } from './offline/offline-model.ts';
export type { ReceivedRequest } from './request-log.ts';
export { type ScriptedCall, ScriptedModel, type ScriptedTurn, scriptedModel, type Turn } from './scripted-model.ts';
export { createOpenAIServer, OpenAIServer, type OpenAIServerOptions } from './server.ts';
export type { ErrorBody, Item, JsonSchema, ResponseObject, StreamEvent, TextFormat, Tool, ToolChoice } from './wire.ts';
