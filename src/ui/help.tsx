// The dialog with all keys.
import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { KEYS, keyTitle } from './keys.js';
import type { Theme } from './theme.js';

/** Lines of the dialog beside its keys: frame, space, the way out; and the header and footer of the screen. */
const OTHER_ROWS = 6;

export function Help({ theme, columns, rows }: { theme: Theme; columns: number; rows: number }): ReactNode {
  const names = KEYS.map(({ keys }) => keys.map(keyTitle).join(' '));
  const nameWidth = Math.max(...names.map((name) => name.length));
  return (
    <Box
      flexGrow={1}
      flexBasis={0}
      justifyContent="center"
      // Where it does not fit, its end is cut.
      alignItems={rows >= KEYS.length + OTHER_ROWS ? 'center' : 'flex-start'}
      overflow="hidden"
    >
      <Box
        flexDirection="column"
        flexShrink={0}
        borderStyle="round"
        borderColor={theme.dialogBorder}
        paddingX={columns >= 60 ? 2 : 0}
        width={Math.min(columns, 76)}
      >
        {KEYS.map(({ id, title }, i) => (
          <Text key={id} wrap="truncate">
            {`${theme.paint('key', (names[i] as string).padEnd(nameWidth))}  ${title}`}
          </Text>
        ))}
        <Text> </Text>
        <Text wrap="truncate">{theme.paint('dim', '? or esc closes')}</Text>
      </Box>
    </Box>
  );
}
