import { join } from 'node:path';
import webpack from 'webpack';

const folder = import.meta.dirname;
const compiler = webpack({
  mode: 'production',
  context: folder,
  entry: './main.js',
  // WebAssembly is above the size that webpack advises, and loaded later.
  performance: { hints: false },
  output: { path: join(folder, 'dist'), filename: 'main.js' },
});

compiler.run((error, stats) => {
  if (error) throw error;
  const { errors, warnings } = stats.toJson();
  for (const { message } of [...errors, ...warnings]) console.error(message);
  process.exitCode = errors.length || warnings.length ? 1 : 0;
});
