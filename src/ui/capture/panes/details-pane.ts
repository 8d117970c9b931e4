// A pane of the selected packet's details: its fields or its bytes, which scroll.
import { FramedPane } from '../../panes/framed-pane.js';
import { Scroll } from '../../panes/scroll.js';
import type { Theme } from '../../theme/theme.js';
import type { Details } from '../model/details.js';

export abstract class DetailsPane extends FramedPane {
  protected readonly scroll = new Scroll();

  constructor(
    protected readonly details: Details,
    theme: Theme,
  ) {
    super(theme);
  }

  override update(): void {
    this.details.update();
    super.update();
  }
}
