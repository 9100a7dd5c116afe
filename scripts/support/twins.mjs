import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

/**
 * `slim` and `debug` are the whole API over another core. What leads to the core is therefore there once more for each
 * of them; all else (errors, bridges, models …) is shared. An import that differs cannot be chosen at run time without
 * a side effect, which bundlers drop from packages that say they have none.
 */
const TWINS = {
  slim: { '#load': ['wasm/load-slim.js'], own: [] },
  debug: { '#load': ['#load-debug', true], own: ['wasm/glue.js'] },
};

/** The entries of the twins, for esbuild's `entryPoints`. */
export const twinEntries = (dist) => Object.keys(TWINS).map((name) => join(dist, `${name}.js`));

/** Gives each twin its own modules, and the glue its place beside its WebAssembly. */
export async function twins(dist) {
  const leading = await leadingToCore(dist);
  return {
    name: 'twins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/core\.js$/ }, ({ importer, namespace }) => {
        if (relative(dist, importer) !== join('wasm', 'glue.js')) return undefined;
        return { path: namespace === 'debug' ? './debug/core.js' : './wasm/core.js', external: true };
      });
      for (const [
        name,
        {
          '#load': [loader, external = false],
          own,
        },
      ] of Object.entries(TWINS)) {
        const isOwn = (path) => leading.has(path) || own.some((file) => path === join(dist, file));
        onResolve({ filter: /\.js$/ }, ({ kind, path }) =>
          kind === 'entry-point' && path === join(dist, `${name}.js`) ? { path, namespace: name } : undefined,
        );
        onResolve({ filter: /^#load$/, namespace: name }, () => ({
          path: external ? loader : join(dist, loader),
          external,
        }));
        onResolve({ filter: /^\./, namespace: name }, ({ path, resolveDir }) => {
          const file = join(resolveDir, path);
          return isOwn(file) ? { path: file, namespace: name } : undefined;
        });
        onLoad({ filter: /.*/, namespace: name }, ({ path }) => ({
          contents: readFileSync(path, 'utf8'),
          resolveDir: dirname(path),
          loader: 'js',
        }));
      }
    },
  };
}

/** The modules that the instance is imported by, directly or not, and itself. */
async function leadingToCore(dist) {
  const { metafile } = await build({
    absWorkingDir: dist,
    entryPoints: Object.keys(TWINS).map((name) => `${name}.js`),
    outdir: 'unwritten',
    bundle: true,
    splitting: true,
    format: 'esm',
    external: ['#load', '*/core.js', 'node:*'],
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const importers = new Map();
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    for (const { path } of imports) importers.set(path, [...(importers.get(path) ?? []), file]);
  }
  const leading = new Set(['instance.js']);
  for (const file of leading) for (const importer of importers.get(file) ?? []) leading.add(importer);
  return new Set([...leading].map((file) => join(dist, file)));
}
