// Makes a program of one file, complete by itself, of a screen for tests.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Returns the source files that are in it, as paths in the project. @param entry a path in the project */
export async function bundleScreen(entry: string, program: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: [entry],
    outfile: program,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"', QUIC_TOP_VERSION: '"test"' },
    alias: { 'react-devtools-core': './scripts/no-devtools.mjs' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return Object.keys(metafile.inputs);
}
