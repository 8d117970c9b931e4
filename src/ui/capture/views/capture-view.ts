// A view of a capture: what is selected in it can be filtered by.
import type { View } from '../../views/view.js';

/** What the selected row of a view stands for; null where it does not. */
export interface Selection {
  /** The filter for its DCID. */
  dcid: string | null;
  backend: number | null;
}

export interface CaptureView extends View {
  selection(): Selection | null;
}
