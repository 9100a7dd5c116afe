/** Conversations as ChatGPT exports them, in words of our own. */

export interface Node {
  id: string;
  parent?: string | null;
  children?: string[];
  message?: unknown;
}

let second = 1_700_000_000;

export function message(role: string, content: unknown, more: Record<string, unknown> = {}): object {
  const shown = typeof content === 'string' ? { content_type: 'text', parts: [content] } : content;
  const { name, ...rest } = more;
  return {
    author: { role, name: name ?? null, metadata: {} },
    content: shown,
    create_time: ++second,
    recipient: 'all',
    weight: 1,
    metadata: {},
    ...rest,
  };
}

/** A node for each entry; what comes behind another one names it. */
export function conversation(id: string, entries: readonly Node[], more: object = {}): Record<string, unknown> {
  const mapping = Object.fromEntries(
    entries.map((entry) => {
      const children = entries.filter(({ parent }) => parent === entry.id).map((child) => child.id);
      return [entry.id, { children, message: null, parent: null, ...entry }];
    }),
  );
  return { id, conversation_id: id, title: `Talk ${id}`, create_time: 1_700_000_000.5, mapping, ...more };
}

const hidden = { metadata: { is_visually_hidden_from_conversation: true } };

/** Asked, asked again in other words, and answered twice. */
export const BRANCHED = conversation(
  'branched',
  [
    { id: 'root' },
    { id: 'sys', parent: 'root', message: message('system', '', hidden) },
    {
      id: 'ctx',
      parent: 'sys',
      message: message('user', { content_type: 'user_editable_context', user_profile: 'x' }, hidden),
    },
    { id: 'q1', parent: 'ctx', message: message('user', 'Which bird sings at night?') },
    { id: 'a1', parent: 'q1', message: message('assistant', 'The nightingale.') },
    { id: 'q2', parent: 'a1', message: message('user', 'Where does it live?') },
    { id: 'a2', parent: 'q2', message: message('assistant', 'In thickets.') },
    { id: 'a2-again', parent: 'q2', message: message('assistant', 'In bushes near water.') },
    { id: 'q3', parent: 'a2-again', message: message('user', 'Thanks.') },
    { id: 'q1-edited', parent: 'ctx', message: message('user', 'Which bird sings by day?') },
    { id: 'b1', parent: 'q1-edited', message: message('assistant', 'The lark.') },
  ],
  { current_node: 'q3' },
);

/** Code that ran, a browser that nobody answered, an image, a voice, a thought. */
export const TOOLS = conversation(
  'tools',
  [
    { id: 'q', message: message('user', 'How many primes are below 100?') },
    {
      id: 'think',
      parent: 'q',
      message: message('assistant', { content_type: 'thoughts', thoughts: [{ summary: 's', content: 'c' }] }),
    },
    {
      id: 'code',
      parent: 'think',
      message: message(
        'assistant',
        { content_type: 'code', language: 'python', text: 'print(25)' },
        { recipient: 'python' },
      ),
    },
    {
      id: 'ran',
      parent: 'code',
      message: message('tool', { content_type: 'execution_output', text: '25' }, { name: 'python' }),
    },
    { id: 'say', parent: 'ran', message: message('assistant', 'There are 25.') },
    {
      id: 'look',
      parent: 'say',
      message: message(
        'user',
        {
          content_type: 'multimodal_text',
          parts: [
            { content_type: 'image_asset_pointer', asset_pointer: 'file-service://file-A', width: 640, height: 480 },
            { content_type: 'audio_transcription', text: 'What is this?' },
            { content_type: 'audio_asset_pointer', asset_pointer: 'sediment://file_B' },
          ],
        },
        {
          metadata: {
            attachments: [
              { id: 'file-A', name: 'bird.png' },
              { id: 'file-C', name: 'notes\n.pdf' },
            ],
          },
        },
      ),
    },
    {
      id: 'paint',
      parent: 'look',
      message: message('assistant', '{"prompt":"a bird"}', { recipient: 'dalle.text2im' }),
    },
    {
      id: 'painted',
      parent: 'paint',
      message: message(
        'tool',
        { content_type: 'multimodal_text', parts: [{ content_type: 'image_asset_pointer', asset_pointer: 'x' }] },
        { name: 'dalle.text2im' },
      ),
    },
    { id: 'more', parent: 'painted', message: message('tool', 'It was painted.', { name: 'dalle.text2im' }) },
    { id: 'call', parent: 'more', message: message('assistant', 'search("birds")', { recipient: 'browser' }) },
  ],
  { current_node: 'call' },
);
