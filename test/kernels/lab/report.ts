import { readResults } from './results.js';
export async function writeReport(): Promise<void> {
  console.log(JSON.stringify(readResults()).length);
}
