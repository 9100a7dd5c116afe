import { bundlePage } from './bundle.ts';
import { serve } from './server/serve.ts';
import { type Settings, SettingsError, settingsFrom } from './server/settings.ts';

async function main(): Promise<void> {
  const settings = settingsFrom(process.env);
  const server = await serve(settings, await bundlePage({ standalone: false }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
  if (settings.port !== 0 && server.port !== settings.port) {
    console.log(`Port ${settings.port} is in use. Browsers keep conversations by port, so these are others.`);
  }
  console.log(`${server.url} — ${whoSpeaks(settings)}. Ctrl-C stops it.`);
}

function whoSpeaks({ model, upstream }: Settings): string {
  if (upstream) return `${model} at ${upstream.baseURL.host} speaks`;
  return 'the offline demo model speaks (set OPENAI_API_KEY for a real one)';
}

main().catch((error) => {
  console.error(error instanceof SettingsError ? error.message : error);
  process.exitCode = 1;
});
