import { UserError } from './errors.ts';
import { modelOf } from './models/agent-model.ts';
import { type OpenAIOptions, type OpenAISettings, openAISettings } from './openai.ts';
import type { RunOptions } from './run-options.ts';
import type { RunParts } from './run-parts.ts';
import type { OpenAIConversationsSession } from './sessions/openai-conversations-session.ts';
import type { Session } from './sessions/session.ts';
import type { Opened } from './sessions/store-calls.ts';
import { isOfTheCore } from './sessions/stored-session.ts';

/** Asked by a mark instead of the class, so that a bundle without such sessions is one without their code. */
export function isOnServer(session: Session): session is OpenAIConversationsSession {
  return (session as Partial<OpenAIConversationsSession>).isOnServer === true;
}

/** Whether the core has the session open itself, with a journal for runs. */
export function isInCore(session: Session): session is Session & Opened {
  return isOnServer(session) || isOfTheCore(session);
}

/** How a run on this session reaches the API: as the run says, else as the session does. */
export function apiOf(session: Session | undefined, ofRun: OpenAIOptions | undefined): OpenAISettings {
  const settings = openAISettings(ofRun);
  if (!session || !isOnServer(session)) return settings;
  const given = Object.entries(ofRun ?? {}).filter(([, value]) => value !== undefined);
  return openAISettings({ ...session.openai, ...Object.fromEntries(given) });
}

/** Refuses what cannot be had where the server keeps the history: it sends that history to the model, and keeps what comes. */
export function checkServerManaged(run: RunParts, options: RunOptions, api: OpenAISettings): void {
  for (const [name, isThere] of refusals(run, options, api)) {
    if (!isThere) continue;
    throw new UserError(
      'user_error',
      `${name} cannot be combined with an OpenAIConversationsSession, whose history the server keeps.`,
    );
  }
}

function* refusals(run: RunParts, options: RunOptions, api: OpenAISettings): Generator<[string, boolean]> {
  const { graph, settings } = run;
  yield ['sessionInputCallback', options.sessionInputCallback !== undefined];
  yield ['callModelInputFilter', settings.callModelInputFilter !== undefined];
  yield ['keepPartial', options.keepPartial === true];
  yield ["persistence: 'per-turn'", options.runConfig?.persistence === 'per-turn'];
  for (const limits of [options.session?.sessionSettings, options.sessionSettings]) {
    for (const [name, value] of Object.entries(limits ?? {})) yield [`sessionSettings.${name}`, isOn(value)];
  }
  yield ['modelSettings.store: false', settings.modelSettings?.store === false];
  yield ['outputGuardrails', (settings.outputGuardrails?.length ?? 0) > 0];
  for (const { agent, handoffs } of graph) {
    const of = `of the agent '${agent.name}'`;
    yield [`modelSettings.store: false ${of}`, agent.modelSettings.store === false];
    yield [`outputGuardrails ${of}`, agent.outputGuardrails.length > 0];
    yield [`The inputFilter of a handoff ${of}`, handoffs.some(({ inputFilter }) => inputFilter !== undefined)];
    yield ['handoffInputFilter', handoffs.length > 0 && settings.handoffInputFilter !== undefined];
    const model = modelOf(agent, settings.model, api);
    const name = typeof model === 'string' ? '' : (model.constructor?.name ?? '');
    yield [`The model ${of}, which is no name of one of the Responses API but ${name || 'an object'},`, name !== ''];
  }
}

function isOn(setting: unknown): boolean {
  return setting !== undefined && setting !== false;
}
