'use client';

export { type ConversationState, useConversation, type WatchedSession } from './conversation.ts';
export { type ConversationsState, type ListedSession, useConversations } from './conversations.ts';
export { type RunControls, type RunProgress, type ShownRun, useRun } from './run.ts';
