// A client in one file: messages are sent with fetch, and an EventSource follows the run. When the connection breaks, the
// browser opens it again and names the last event that it has; the object sends what was missed.

const byId = (id) => document.getElementById(id);
const [list, messages, status, choices, input] = ['conversations', 'messages', 'status', 'choices', 'input'].map(byId);

/** The history, and of the run that is under way what is not in it yet. */
let shown = { items: [], run: undefined };
let source;
/** What was sent and may not have arrived. */
let unsent = {};
let conversation = location.hash.slice(1) || crypto.randomUUID();

async function api(method, path, body) {
  const answer = await fetch(`/api${path}`, {
    method,
    headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error(value.error?.message ?? `The server answered ${answer.status}.`);
  return value;
}

async function open(id) {
  source?.close();
  conversation = id;
  shown = { items: [], run: undefined };
  render();
  history.replaceState(null, '', `#${id}`);
  await Promise.all([load(), showList()]);
}

async function load() {
  const id = conversation;
  const { items, run } = await api('GET', `/conversations/${id}/items?limit=100`);
  if (id !== conversation) return;
  shown = { items: items.map(({ item }) => item), run: undefined };
  say('');
  // What was stopped is in the history as far as it came.
  if (run && run.status !== 'completed' && run.status !== 'stopped') follow(run.id);
  else busy(false);
  render();
}

function follow(run) {
  const draft = { id: run, input: undefined, items: [], text: '' };
  shown.run = draft;
  source?.close();
  const events = new EventSource(`/api/conversations/${conversation}/runs/${run}/events`);
  source = events;
  const on = (type, change) =>
    events.addEventListener(type, ({ data }) => {
      change(JSON.parse(data));
      render();
    });
  busy(true);
  on('run', ({ input: said }) => Object.assign(draft, { input: said }));
  on('snapshot', ({ input: said, items, text }) =>
    Object.assign(draft, { input: said, items: items.map(({ item }) => item), text }),
  );
  on('answer', () => Object.assign(draft, { text: '' }));
  on('text', ({ text }) => Object.assign(draft, { text: draft.text + text }));
  on('item', ({ item }) => draft.items.push(item) && item.type === 'message' && Object.assign(draft, { text: '' }));
  on('end', (ending) => {
    events.close();
    void attempt(() => finish(run, ending));
  });
  events.onerror = () =>
    say(events.readyState === EventSource.CONNECTING ? 'Connecting again …' : 'The connection is lost.');
  events.onopen = () => say('');
}

async function finish(run, { status: how, error, interruptions }) {
  busy(false);
  if (how === 'completed' || how === 'stopped') {
    await load();
    return showList();
  }
  if (how === 'failed') {
    say(error.message);
    choose([['Try again', 'resume', undefined]], run);
    return;
  }
  // With one decided, the run asks for the next.
  const [{ callId, name, arguments: given }] = interruptions;
  say(`May it call ${name}(${given})?`);
  const [approve, reject] = [{ approve: [callId] }, { reject: [callId] }];
  choose(
    [
      ['Approve', 'approvals', approve],
      ['Reject', 'approvals', reject],
    ],
    run,
  );
}

function choose(buttons, run) {
  choices.replaceChildren(
    ...buttons.map(([label, what, body]) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: label });
      button.onclick = () =>
        attempt(async () => {
          await api('POST', `/conversations/${conversation}/runs/${run}/${what}`, body);
          say('');
          follow(run);
        });
      return button;
    }),
  );
  choices.scrollIntoView({ block: 'end' });
}

async function showList() {
  const { conversations } = await api('GET', '/conversations?limit=50');
  const known = conversations.some(({ id }) => id === conversation);
  const all = known ? conversations : [{ id: conversation, title: 'New conversation' }, ...conversations];
  list.replaceChildren(
    ...all.map(({ id, title }) => new Option(title || id.slice(0, 8), id, false, id === conversation)),
  );
}

function render() {
  const { items, run } = shown;
  const said = run?.input === undefined ? [] : [{ role: 'user', content: run.input }];
  const writing = run?.text ? [{ role: 'assistant', content: run.text }] : [];
  const rows = [...items, ...said, ...(run?.items ?? []), ...writing].map(row).filter(Boolean);
  messages.replaceChildren(...rows);
  byId('hint').hidden = rows.length > 0;
  choices.scrollIntoView({ block: 'end' });
}

function row(item) {
  const text = textOf(item);
  if (text === undefined) return undefined;
  return Object.assign(document.createElement('li'), { className: item.role ?? 'tool', textContent: text });
}

function textOf({ type, content, name, arguments: given, output }) {
  if (type === 'function_call') return `→ ${name} ${given}`;
  if (type === 'function_call_output') return `← ${typeof output === 'string' ? output : JSON.stringify(output)}`;
  if (typeof content === 'string') return content;
  return content?.map(({ text }) => text ?? '').join('');
}

function busy(isBusy) {
  byId('send').hidden = isBusy;
  byId('stop').hidden = !isBusy;
  if (isBusy) choices.replaceChildren();
}

function say(text) {
  status.textContent = text;
  if (text === '') choices.replaceChildren();
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say(error.message);
  }
}

byId('composer').onsubmit = (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (text === '' || byId('send').hidden) return;
  // Sent again under the same id, it is said once.
  if (unsent.text !== text || unsent.conversation !== conversation) {
    unsent = { text, conversation, run: crypto.randomUUID() };
  }
  const { run } = unsent;
  void attempt(async () => {
    const isFirst = shown.items.length === 0;
    await api('POST', `/conversations/${conversation}/runs`, { run, input: text });
    input.value = '';
    unsent = {};
    follow(run);
    if (!isFirst) return;
    await api('PATCH', `/conversations/${conversation}`, { title: text.slice(0, 60) });
    await showList();
  });
};
input.onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId('composer').requestSubmit();
};
byId('stop').onclick = () => attempt(() => api('POST', `/conversations/${conversation}/runs/${shown.run.id}/cancel`));
byId('new').onclick = () => attempt(() => open(crypto.randomUUID()));
byId('delete').onclick = () =>
  attempt(async () => {
    source?.close();
    await api('DELETE', `/conversations/${conversation}`);
    await open(crypto.randomUUID());
  });
list.onchange = () => attempt(() => open(list.value));
void attempt(() => open(conversation));
