// What the bytes of the connection IDs show that each server chose, and the scheme to paste into the configuration.
import type { ServerEvidence } from '../../../core/cid/cid-samples.js';
import { wrap } from '../../../core/text/format.js';
import type { PaneSize } from '../../panes/pane.js';
import { TextPane } from '../../panes/text-pane.js';
import type { Theme } from '../../theme/theme.js';
import { evidenceLines, verdictLines } from '../table/evidence-text.js';

export class EvidencePane extends TextPane {
  readonly name = 'evidence';
  protected readonly leaving = 'v or Esc closes';
  /** What was drawn last, and of what: a strip takes longer to make than to show. */
  private drawn: { of: readonly ServerEvidence[] | null; lines: string[] } | null = null;

  /** @param evidence null: it was asked for, and is not here yet */
  constructor(
    private readonly evidence: () => readonly ServerEvidence[] | null,
    theme: Theme,
  ) {
    super(theme);
  }

  protected text(width: number): string[] {
    const of = this.evidence();
    if (this.drawn?.of !== of || this.drawn === null) this.drawn = { of, lines: this.make(of, width) };
    return this.drawn.lines;
  }

  private make(all: readonly ServerEvidence[] | null, width: number): string[] {
    const { theme } = this;
    if (all === null) return ['Looking at the bytes of the connection IDs ...'];
    if (all.length === 0) return ['No server has chosen a connection ID so far.'];
    return all.flatMap(({ server, lengths, verdict }) => [
      theme.paint('strong', server),
      ...evidenceLines(lengths, theme),
      // Only plain text is wrapped: what is to be pasted stays as it is.
      ...(verdict.kind === 'guess' ? verdictLines(verdict, theme) : wrap(verdict.text, width)),
      '',
    ]);
  }

  override resize(size: PaneSize): void {
    this.drawn = null;
    super.resize(size);
  }

  protected title(): string {
    return 'Bytes of the connection IDs that servers chose';
  }
}
