// Bundles the CLI into dist/: one file that starts fast, and beside it the screen, loaded only when it is shown, and the
// scripts of worker threads and of the charts, each complete by itself (see src/threads/start.ts and src/ui/charts/load.ts).
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { noLookups } from './no-lookups.mjs';
import { slimWidgets } from './slim-widgets.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const { outputFiles } = await build({
  write: false,
  absWorkingDir: root,
  entryPoints: ['src/cli.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  jsx: 'automatic',
  // React's development build keeps every render in memory, so the choice is made here, before anything loads it.
  // Yoga, which Ink lays out with, would fetch its code from a data: URL, for which Node.js loads all of its HTTP client.
  define: { 'process.env.NODE_ENV': '"production"', QUIC_TOP_VERSION: JSON.stringify(version), fetch: 'undefined' },
  // Ink loads its developer tools only when DEV=true; they are not shipped.
  alias: { 'react-devtools-core': './scripts/no-devtools.mjs', 'string-width': './scripts/column-width.mjs' },
  plugins: [noLookups],
  banner: {
    js: "import { createRequire as quicTopRequire } from 'node:module'; const require = quicTopRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

const complete = {
  write: false,
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  define: { QUIC_TOP_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
};
const workers = await build({
  ...complete,
  entryPoints: ['src/threads/analysis-worker.ts', 'src/threads/export-worker.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { ...complete.define, 'import.meta.url': '""' }, // they are no files: see loadAddon
});
const charts = await build({
  ...complete,
  entryPoints: { charts: 'src/ui/charts/index.ts' },
  format: 'esm',
  plugins: [slimWidgets],
});

// Only a build that succeeded replaces the one that is there.
rmSync(`${root}dist`, { recursive: true, force: true });
mkdirSync(`${root}dist`);
for (const file of [...outputFiles, ...workers.outputFiles, ...charts.outputFiles])
  writeFileSync(file.path, file.contents, { mode: 0o755 });
