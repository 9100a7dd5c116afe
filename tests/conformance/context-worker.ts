/** A Worker of any kind: it says what it has by the time it is asked. */
import { openSession } from 'agents-wasm';

interface Port {
  postMessage(message: unknown): void;
}

async function answer(name: string, port: Port): Promise<void> {
  try {
    const session = await openSession({ name });
    const { persistence } = await session.storage();
    await session.saveItems('c', [`from a ${globalThis.constructor.name}`]);
    const items = await session.loadItems('c');
    await session.close();
    port.postMessage({ persistence, said: items.map(({ content }) => content) });
  } catch (error) {
    port.postMessage({ failure: String(error) });
  }
}

addEventListener('message', (event) => {
  const { data, source } = event as MessageEvent<string>;
  void answer(data, (source as Port | null) ?? (globalThis as unknown as Port));
});
addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports as [MessagePort];
  port.onmessage = ({ data }) => void answer(data, port);
});
