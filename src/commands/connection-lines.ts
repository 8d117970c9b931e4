// What happens to connections, as lines of JSON; and the connections of a capture file, as a table.
import type { Writable } from 'node:stream';
import { ChangeQueue, type ConnectionChange } from '../core/connections/changes.js';
import type { Connection, PacketConnection } from '../core/connections/connection.js';
import { Connections } from '../core/connections/connections.js';
import { connectionJson } from '../core/lines/connection-json.js';
import { connectionTable } from '../core/lines/connection-table.js';
import type { DecodedOf } from '../core/quic/decoded.js';
import type { Outlet } from '../core/recorder/pump.js';
import type { RecordView } from '../core/recorder/record.js';
import type { Recorder } from '../core/recorder/recorder.js';
import { Clock } from '../core/text/format.js';
import { writeAll } from './stdout.js';

/** Rows of a table that are held until it is printed; what is more begins another table. */
const TABLE_ROWS = 16_384;

/** Writes a line for each change of a connection. */
export class ChangeLines {
  private readonly clock: Clock;

  /** @param epoch Recorder.epoch @param take gives the changes since its last call */
  constructor(
    epoch: bigint,
    private readonly take: () => readonly ConnectionChange[],
    private readonly output: Writable,
    private readonly stop: AbortSignal,
  ) {
    this.clock = new Clock(epoch);
  }

  async flush(): Promise<void> {
    const lines = this.take().map(({ connection, what, time }) => connectionJson(connection, what, time, this.clock));
    await writeAll(this.output, lines.join(''), this.stop);
  }
}

export interface FileConnectionsOptions {
  /** A line for each change, as it happens. */
  changes: boolean;
  /** At the end, and when there are too many, what they were: those with a packet that the filter chose. */
  totals: 'json' | 'table' | null;
}

/** Follows the connections of a capture file on the way. An outlet for the packets that the filter chose. */
export class FileConnections implements Outlet {
  private readonly connections: Connections;
  private readonly clock: Clock;
  private readonly queue = new ChangeQueue(Number.POSITIVE_INFINITY);
  /** That of the packet that was looked at last; null before the first. */
  ofPacket: Readonly<PacketConnection> | null = null;
  private readonly chosen = new Set<number>();
  private rows: Connection[] = [];
  private lines = '';

  constructor(
    recorder: Recorder,
    private readonly options: FileConnectionsOptions,
    private readonly output: Writable,
    private readonly stop: AbortSignal,
  ) {
    this.clock = new Clock(recorder.epoch);
    this.connections = new Connections({
      serverIds: recorder.serverIds,
      readFrame: recorder.frameReader(),
      onEvent: (tracked, time, what) => {
        if (options.changes) this.queue.add(() => ({ what, time, connection: this.connections.row(tracked) }));
        if (what === 'forgotten' && options.totals) this.total(this.connections.row(tracked));
      },
    });
  }

  /** Decodes, and follows the connection of what was decoded. */
  following(decode: DecodedOf): DecodedOf {
    return (view) => {
      const decoded = decode(view);
      this.ofPacket = this.connections.add(view, decoded);
      return decoded;
    };
  }

  get full(): boolean {
    return this.lines.length > 0 || this.rows.length >= TABLE_ROWS;
  }

  add(_view: RecordView): void {
    if (this.options.totals && this.ofPacket) this.chosen.add(this.ofPacket.id);
  }

  private total(connection: Connection): void {
    if (!this.chosen.delete(connection.id)) return;
    if (this.options.totals === 'table') this.rows.push(connection);
    else this.lines += connectionJson(connection, 'total', connection.lastSeen, this.clock);
  }

  async flush(): Promise<void> {
    for (const { connection, what, time } of this.queue.take()) {
      this.lines += connectionJson(connection, what, time, this.clock);
    }
    if (this.rows.length >= TABLE_ROWS) this.drawTable();
    const { lines } = this;
    this.lines = '';
    await writeAll(this.output, lines, this.stop);
  }

  private drawTable(): void {
    this.lines += connectionTable(this.rows, this.clock);
    this.rows = [];
  }

  /** Nothing more comes. */
  async finish(): Promise<void> {
    this.connections.passTime(this.connections.newest);
    if (this.options.totals) {
      const { rows } = this.connections.report(0, Number.POSITIVE_INFINITY);
      for (const connection of [...rows].sort((a, b) => a.id - b.id)) this.total(connection);
      if (this.options.totals === 'table') this.drawTable();
    }
    await this.flush();
  }
}
