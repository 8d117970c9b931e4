// What is known of the selected packet: its fields as a tree, and the bytes behind them. The tree and the hex pane show it.

import type { ScreenSource } from '../../../core/capture/source.js';
import { dissect } from '../../../core/dissect/dissect.js';
import type { ByteSource, Dissection, Field } from '../../../core/dissect/field.js';
import type { SocketOwner } from '../../../core/host/socket-owners.js';
import { type Decoded, NOTHING_KNOWN } from '../../../core/quic/decoded.js';
import type { RecordView } from '../../../core/recorder/record.js';
import { ownerOfPacket } from './owners.js';

/** A line of the tree: a field, and the fields it is in. */
export interface TreeRow {
  field: Field;
  depth: number;
  /** What the field is known by in another packet: the names on the way to it. */
  path: string;
}

const NOTHING: Dissection = { sources: [], fields: [], selected: null };

interface Named {
  field: Field;
  path: string;
}

const lengthOf = ({ field }: Named) => field.to - field.from;

/** Fields with their paths; those of the same name are numbered. */
function named(fields: readonly Field[], parent: string): Named[] {
  const seen = new Map<string, number>();
  return fields.map((field) => {
    const { name } = field;
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return { field, path: `${parent}/${name}${times > 0 ? `#${times}` : ''}` };
  });
}

export class Details {
  private dissection: Dissection = NOTHING;
  private lane = -1;
  private sequence = -1;
  private decoded: Decoded = NOTHING_KNOWN;
  private owner: SocketOwner | null = null;
  private frame: Uint8Array | null = null;
  /** Fields that were opened or closed by hand, by path: that holds for the packets after this one too. */
  private readonly opened = new Map<string, boolean>();
  private visible: TreeRow[] = [];
  private path: string | null = null;
  /** Index in `rows` of the selected one. */
  row = 0;

  /** @param selectedPacket the one to show; its bytes are kept, also when the recorder overwrites them */
  constructor(
    private readonly capture: ScreenSource,
    private readonly decodedOf: (view: RecordView) => Decoded,
    private readonly selectedPacket: () => RecordView | null,
  ) {}

  /** The lines of the tree, from top to bottom. */
  get rows(): readonly TreeRow[] {
    return this.visible;
  }

  get selected(): TreeRow | null {
    return this.visible[this.row] ?? null;
  }

  /** The bytes that the selected field is in. */
  get source(): ByteSource | null {
    return this.dissection.sources[this.selected?.field.source ?? 0] ?? null;
  }

  /** Why there is nothing to show, or null. */
  get problem(): string | null {
    if (this.sequence < 0) return 'no packet is selected';
    return this.frame ? null : 'its bytes were overwritten in the recorder';
  }

  /** Takes in which packet is selected now. */
  update(): void {
    const view = this.selectedPacket();
    if (!view) {
      this.forget();
      return;
    }
    const decoded = this.decodedOf(view);
    const same = view.lane === this.lane && view.sequence === this.sequence;
    // What is known of a packet stays true, also when the packet was overwritten since.
    const isNews = !same || (this.decoded === NOTHING_KNOWN && decoded !== NOTHING_KNOWN);
    if (isNews) this.decoded = decoded;
    // Whose the socket is that it names may change at any time.
    const owner = ownerOfPacket(this.capture, view, this.decoded);
    if (!isNews && owner?.text === this.owner?.text) return;
    this.owner = owner;
    this.lane = view.lane;
    this.sequence = view.sequence;
    if (!same || !this.frame) this.frame = this.capture.recorder.lane(view).frameOf(view);
    this.dissection = this.frame ? dissect(view, this.frame, this.decoded, owner) : NOTHING;
    this.layOut();
  }

  private forget(): void {
    if (this.sequence < 0) return;
    this.sequence = -1;
    this.frame = null;
    this.dissection = NOTHING;
    this.layOut();
  }

  /** Lists what is open, and finds the selected field again. */
  private layOut(): void {
    this.visible = [];
    this.list(this.dissection.fields, 0, '');
    const found = this.path === null ? -1 : this.visible.findIndex(({ path }) => path === this.path);
    this.row = found >= 0 ? found : Math.max(0, Math.min(this.row, this.visible.length - 1));
    if (this.path === null) {
      // What a person looks for first: the packet, not its frame.
      this.row = Math.max(
        0,
        this.visible.findIndex(({ field, depth }) => depth === 0 && this.isOpenAtFirst(field)),
      );
    }
  }

  private list(fields: readonly Field[], depth: number, parent: string): void {
    for (const { field, path } of named(fields, parent)) {
      this.visible.push({ field, depth, path });
      if (this.isOpen(field, path)) this.list(field.children, depth + 1, path);
    }
  }

  isOpen(field: Field, path: string): boolean {
    return field.children.length > 0 && (this.opened.get(path) ?? this.isOpenAtFirst(field));
  }

  /** The packet, and the CID that names a backend; all else is one line until it is opened. */
  private isOpenAtFirst(field: Field): boolean {
    if (field.role === 'summary') return field === this.dissection.selected;
    return field.children.some(({ role }) => role === 'cidBackend');
  }

  move(rows: number): void {
    this.selectRow(this.row + rows);
  }

  selectRow(row: number): void {
    this.row = Math.max(0, Math.min(row, this.visible.length - 1));
    this.path = this.selected?.path ?? null;
  }

  /** Opens or closes the selected field. False: it has no fields inside. */
  toggle(open?: boolean): boolean {
    const { selected } = this;
    if (!selected || selected.field.children.length === 0) return false;
    this.opened.set(selected.path, open ?? !this.isOpen(selected.field, selected.path));
    this.path = selected.path;
    this.layOut();
    return true;
  }

  /** Selects the innermost field that holds a byte of the bytes that are shown, and opens the fields around it. */
  selectByte(offset: number): void {
    const source = this.selected?.field.source ?? 0;
    const holds = ({ field }: Named) => field.source === source && offset >= field.from && offset < field.to;
    const found = this.innermost(this.dissection.fields, '', holds);
    if (!found) return;
    this.path = found.path;
    this.layOut();
  }

  private innermost(fields: readonly Field[], parent: string, holds: (named: Named) => boolean): Named | null {
    // A layer that is the whole frame stands beside those in it: the shortest is meant.
    const around = named(fields, parent).filter(holds);
    const found = around.sort((a, b) => lengthOf(a) - lengthOf(b))[0];
    if (!found) return null;
    const inner = this.innermost(found.field.children, found.path, holds);
    if (inner) this.opened.set(found.path, true);
    return inner ?? found;
  }
}
