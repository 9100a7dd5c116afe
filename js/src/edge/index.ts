export type {
  SqlDatabase,
  SqlLimits,
  SqlStatement,
  SqlStorage,
  SqlValue,
} from '../bridges/sql-database.ts';
export { SqlError, type SqlErrorCode } from '../bridges/sql-error.ts';
export {
  type AgentsHandler,
  type AgentsHandlerOptions,
  agentsHandler,
  type ObjectNamespace,
  type ObjectStub,
} from './agents/handler.ts';
export { type AgentsObject, agentsObject } from './agents/object.ts';
export type { AgentsObjectOptions, DurableObjectLike, RetentionSchedule, RunPlace } from './agents/options.ts';
export { type D1DatabaseLike, type D1ResultLike, type D1StatementLike, d1Database } from './d1-database.ts';
export { type DurableObjectStorageLike, durableObjectDatabase, type SqlCursorLike } from './durable-object-database.ts';
export { type LibsqlOptions, libsqlDatabase } from './libsql-database.ts';
export { openAIProxy } from './openai-proxy.ts';
export type { OpenAIProxyOptions, Owned, ProxyContext, ProxyHandler, RateLimiter } from './options.ts';
export { OPENAI_PROXY_PATHS } from './paths.ts';
