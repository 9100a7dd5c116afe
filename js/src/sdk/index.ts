export { fromSdkProcessor, type SdkTracingProcessor } from '../tracing/processor.ts';
export type { SdkConversation, SdkMutation, SdkSession, SdkTransaction, SdkTransactionArgs } from './contract.ts';
export { DurableSession, type DurableSessionOptions } from './durable-session.ts';
export { fromSdkSession, type SdkSessionOf } from './sdk-backed-session.ts';
export type { SdkItem } from './sdk-item.ts';
