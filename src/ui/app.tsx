// The layout of the screen. Rendered anew when its props change: the state is in the workspace.
import { Box, type BoxProps } from 'ink';
import type { ReactNode } from 'react';
import { footerLines, hintAt } from './panes/footer.js';
import { isBoxed } from './panes/frame.js';
import { Hot } from './panes/hot.js';
import type { Pane } from './panes/pane.js';
import { tabPlaces, tabsLine } from './panes/tabs.js';
import type { MouseEvent } from './terminal/mouse.js';
import type { Screen } from './terminal/screen.js';
import { REST } from './views/view.js';
import type { Workspace } from './workspace.js';

export interface AppProps {
  workspace: Workspace;
  screen: Screen;
  columns: number;
  rows: number;
  footerRows: number;
  /** A key by its name, for the hints of the footer. */
  onPress(key: string): void;
}

export function App({ workspace, screen, columns, rows, footerRows, onPress }: AppProps): ReactNode {
  const boxed = isBoxed(columns, rows);
  const place = (pane: Pane, box: BoxProps) => (
    <Hot
      key={pane.name}
      screen={screen}
      name={pane.name}
      onSize={(width, height) => pane.resize({ width, height, boxed })}
      lines={() => pane.lines(workspace.focused === pane)}
      onMouse={({ kind, x, y }) => workspace.mouse(pane, kind, x, y)}
      {...box}
    />
  );
  const onClick = (act: (x: number) => void) => (event: MouseEvent) => {
    if (event.kind === 'click') act(event.x);
  };
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Hot screen={screen} name="header" height={1} flexShrink={0} lines={(width) => [workspace.headerLine(width)]} />
      <Hot
        screen={screen}
        name="tabs"
        height={1}
        flexShrink={rows > 5 ? 0 : 1}
        lines={(width) => [tabsLine(workspace, width)]}
        onMouse={onClick((x) => {
          const index = tabPlaces(workspace, columns).findIndex(({ from, to }) => x >= from && x < to);
          if (index >= 0) workspace.showView(index);
        })}
      />
      {/* Another view is another tree: no pane keeps the place of one that it replaced. */}
      <Box key={workspace.showsHelp ? 'help' : workspace.view.id} {...REST} overflow="hidden">
        {workspace.showsHelp ? place(workspace.help, REST) : workspace.view.layout(place, columns, rows)}
      </Box>
      <Hot
        screen={screen}
        name="footer"
        height={footerRows}
        flexShrink={0}
        lines={(width) => footerLines(workspace, width)}
        onMouse={onClick((x) => {
          const key = hintAt(workspace, columns, x);
          if (key) onPress(key);
        })}
      />
    </Box>
  );
}
