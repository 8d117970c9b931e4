// The screen's part of `npm run bench`, for longer: --seconds N for each view, --soak N to look for growth.
import { screen } from './groups/screen.mjs';
import { readSeconds } from './lib/options.mjs';
import { detailsText } from './lib/report.mjs';

const options = { seconds: readSeconds(10), soak: readSeconds(60, 'soak') };
const { details } = await screen({ rounds: 1, quick: false, say: console.log, ...options });
for (const table of details) console.log(`\n${detailsText(table)}`);
