// Bundles a TypeScript file beside this one, with what it needs of src/ and test/, and loads it.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
