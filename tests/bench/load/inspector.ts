import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

interface Usage {
  usedSize: number;
  backingStorageSize: number;
}

/**
 * Has a worker in workerd throw away what is not used any more, by the protocol of V8's debugger, and tells the bytes of
 * what remains. It does so when it next runs, which `wake` brings about.
 */
export async function collectGarbageAt(origin: string, wake: () => Promise<unknown>): Promise<number> {
  const targets = (await (await fetch(new URL('/json', origin.replace(/^ws/, 'http')))).json()) as Target[];
  const target = targets.find(({ id }) => id === 'core:user:');
  if (!target) throw new Error('There is no worker to inspect.');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, 'open');
  const ask = async (id: number, method: string) => {
    const answer = new Promise<Usage>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        const { id: of, result } = JSON.parse(data);
        if (of === id) resolve(result);
      });
    });
    socket.send(JSON.stringify({ id, method }));
    return answer;
  };
  let isCollected = false;
  const collected = ask(1, 'HeapProfiler.collectGarbage').then(() => {
    isCollected = true;
  });
  // Nobody tells when the debugger's thread has passed it on.
  while (!isCollected) await Promise.race([collected, wake().then(() => setTimeout(50))]);
  const { usedSize, backingStorageSize } = await ask(2, 'Runtime.getHeapUsage');
  socket.close();
  return usedSize + backingStorageSize;
}

interface Target {
  id: string;
  webSocketDebuggerUrl: string;
}
