// An esbuild plugin: yargs looks for nothing on the disk. It would read a package.json of the current folder or of one above it,
// for a version and settings that src/options.ts gives, and translations from a folder that the bundle does not have; what stands
// there may be anybody's, and quic-top is started by root.

/** What these packages ask for, and the module that they get. */
const MODULES = {
  'escalade/sync': 'export default () => undefined;',
  // Of y18n, which knows a file system without readFileSync.
  fs: `export const readFileSync = undefined, writeFile = undefined;
    export const statSync = () => ({ isFile: () => false });`,
};

/** @type {import('esbuild').Plugin} */
export const noLookups = {
  name: 'no-lookups',
  setup(build) {
    build.onResolve({ filter: /^(escalade\/sync|fs)$/ }, ({ path, importer }) =>
      /node_modules\/(yargs|y18n)\//.test(importer) ? { path, namespace: 'no-lookups' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'no-lookups' }, ({ path }) => ({ contents: MODULES[path] }));
  },
};
