// Files of test/fixtures.
import { readFileSync } from 'node:fs';

export const readFixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
