// An esbuild plugin: bundles from blessed-contrib, blessed and lodash only what a widget that is drawn off-screen uses. What
// drives a terminal, installs signal handlers, reads terminfo or loads modules by computed names stays out.
import { readFile } from 'node:fs/promises';

const WIDGET = `exports.Node = require('blessed/lib/widgets/node'); exports.Box = require('blessed/lib/widgets/box');`;
/** There is none: blessed's elements look for a screen that they were not given. */
const NO_SCREEN = 'exports.total = 0;';

/** What these packages ask for, and the module that they get. */
const MODULES = {
  blessed: WIDGET,
  '../': WIDGET,
  './screen': NO_SCREEN,
  './widgets/screen': NO_SCREEN,
  // Built-in modules as imports: there is no require() in the bundle. What reads files is not called.
  assert: `export { ok } from 'node:assert';`,
  fs: '',
  lodash: `exports.max = require('lodash/max');`,
};

/** @type {import('esbuild').Plugin} */
export const slimWidgets = {
  name: 'slim-widgets',
  setup(build) {
    build.onResolve(
      { filter: /^(blessed|lodash|assert|fs|\.\.\/|\.\/(widgets\/)?screen)$/ },
      ({ path, importer, resolveDir }) =>
        /node_modules\/blessed(-contrib)?\//.test(importer)
          ? { path, namespace: 'slim-widgets', pluginData: resolveDir }
          : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'slim-widgets' }, ({ path, pluginData }) => ({
      contents: MODULES[path],
      resolveDir: pluginData,
    }));
    // `new Buffer` is deprecated, and outside node_modules Node says so on the terminal. The canvas blanks it itself.
    build.onLoad({ filter: /drawille-blessed-contrib\/index\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('new Buffer(', 'Buffer.alloc('),
    }));
  },
};
