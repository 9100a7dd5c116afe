export { openAIProxy } from './openai-proxy.ts';
export type { OpenAIProxyOptions, Owned, ProxyContext, ProxyHandler, RateLimiter } from './options.ts';
export { OPENAI_PROXY_PATHS } from './paths.ts';
