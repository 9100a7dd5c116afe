import { modelNamed, type OpenAISettings } from '../openai.ts';
import type { Model } from './model.ts';

/** What an agent's turns are asked of: a model of the caller's, or the name of one that the core reaches itself. */
export function modelOf(
  agent: { model: string | Model | undefined },
  ofRun: string | Model | undefined,
  api: OpenAISettings,
): Model | string {
  const model = ofRun ?? agent.model ?? api.model;
  return typeof model === 'string' ? modelNamed(model) : model;
}
