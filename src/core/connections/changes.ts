// What happened to connections, for one who is told of each: a queue that is bounded, and counts what it has no room for.
import type { Connection, ConnectionEventKind } from './connection.js';

/** What happened to a connection, which is as it was afterwards. */
export interface ConnectionChange {
  what: ConnectionEventKind;
  /** Nanoseconds since Recorder.epoch. */
  time: number;
  connection: Connection;
}

/** Changes that wait to be taken. A worker gives them away several times a second. */
const CAPACITY = 8192;

export class ChangeQueue {
  private changes: ConnectionChange[] = [];
  /** Changes that there was no room for, since the start. */
  lost = 0;

  constructor(private readonly capacity = CAPACITY) {}

  get full(): boolean {
    return this.changes.length >= this.capacity;
  }

  add(change: () => ConnectionChange): void {
    if (this.full) this.lost++;
    else this.changes.push(change());
  }

  /** Those that were added since the last call. */
  take(): ConnectionChange[] {
    const { changes } = this;
    if (changes.length > 0) this.changes = [];
    return changes;
  }
}
