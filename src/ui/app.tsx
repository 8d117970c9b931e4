// The layout of the screen. Rendered anew when its props change: the state is in the model.
import { Box, type Key, useInput } from 'ink';
import type { ReactNode } from 'react';
import { Help } from './help.js';
import { Hot } from './hot.js';
import { type Layout, layOut } from './layout.js';
import type { Model } from './model.js';
import { cidsPane } from './panes/cids.js';
import { footerLines } from './panes/footer.js';
import { headerLine } from './panes/header.js';
import { PacketsPane } from './panes/packets.js';
import { queuesPane } from './panes/queues.js';
import type { Screen } from './screen.js';
import type { Theme } from './theme.js';

export interface AppProps {
  model: Model;
  screen: Screen;
  theme: Theme;
  packets: PacketsPane;
  columns: number;
  rows: number;
  help: boolean;
  footerRows: number;
  /** Stdin is a terminal: keys can come. */
  keys: boolean;
  onKey(input: string, key: Key): void;
}

function Packets({ model, screen, packets, boxed }: AppProps & { boxed: boolean }): ReactNode {
  const lines = (width: number, height: number) => {
    const size = { width, height, boxed };
    if (model.viewport.resize(PacketsPane.rows(size))) model.refresh();
    return packets.lines(size);
  };
  return <Hot screen={screen} name="packets" flexGrow={1} flexBasis={0} lines={lines} />;
}

function SidePanes({ model, screen, theme, layout }: AppProps & { layout: Layout }): ReactNode {
  const { boxed, side, sideSize, showsCids } = layout;
  if (side === 'none') return null;
  const right = side === 'right';
  return (
    <Box
      flexDirection={right ? 'column' : 'row'}
      flexShrink={0}
      {...(right ? { width: sideSize } : { height: sideSize })}
    >
      <Hot
        screen={screen}
        name="queues"
        flexGrow={1}
        flexBasis={0}
        lines={(width, height) => queuesPane(model, { width, height, boxed }, theme)}
      />
      {showsCids && (
        <Hot
          screen={screen}
          name="cids"
          flexGrow={1}
          flexBasis={0}
          lines={(width, height) => cidsPane(model, { width, height, boxed }, theme)}
        />
      )}
    </Box>
  );
}

export function App(props: AppProps): ReactNode {
  const { model, screen, theme, columns, rows, help, footerRows, keys, onKey } = props;
  useInput(onKey, { isActive: keys });
  const layout = layOut(columns, rows);
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Hot
        screen={screen}
        name="header"
        height={1}
        flexShrink={0}
        lines={(width) => [headerLine(model, width, theme)]}
      />
      {help ? (
        <Help theme={theme} columns={columns} rows={rows} />
      ) : (
        <Box flexGrow={1} flexBasis={0} flexDirection={layout.side === 'right' ? 'row' : 'column'} overflow="hidden">
          <Packets {...props} boxed={layout.boxed} />
          <SidePanes {...props} layout={layout} />
        </Box>
      )}
      <Hot
        screen={screen}
        name="footer"
        height={footerRows}
        flexShrink={0}
        lines={(width) => footerLines(model, width, theme)}
      />
    </Box>
  );
}
