import { streaming } from '../model.ts';

// What all sides have alike.

export const INSTRUCTIONS = 'Be brief.';
/** One answer of 320 characters in 64 deltas, there at once. */
export const API = { apiKey: 'none', baseURL: 'http://localhost/v1', fetch: streaming(64) };
export const SIDES = ['durable', 'memory', 'peer'] as const;
export type SideName = (typeof SIDES)[number];
