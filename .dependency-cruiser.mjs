// Which way imports go: commands and threads -> ui -> core. `npm run check` keeps it.

const folder = (name) => ({ path: `^src/${name}/` });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-below',
      severity: 'error',
      from: folder('core'),
      to: { path: '^src/(ui|commands|threads|cli|options)' },
    },
    { name: 'ui-is-below', severity: 'error', from: folder('ui'), to: { path: '^src/(commands|threads|cli)' } },
    {
      // Only src/ui/capture/ is about captures: other screens have other data.
      name: 'screens-need-no-capture',
      severity: 'error',
      from: { path: '^src/ui/', pathNot: '^src/ui/(capture/|index\\.ts$)' },
      to: { path: '^src/(ui/capture|core/(capture|recorder|analysis))/' },
    },
    {
      name: 'core-knows-no-screen',
      severity: 'error',
      from: folder('core'),
      to: { path: '^(node_modules/(ink|react|blessed|blessed-contrib|yargs)/|node:tty$|tty$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
