// A view of a capture: what is selected in it can be filtered by.
import type { ServerId } from '../../../core/cid/server-id.js';
import type { View } from '../../views/view.js';

/** What the selected row of a view stands for; null where it does not. */
export interface Selection {
  /** The filter for its DCID. */
  dcid: string | null;
  backend: ServerId | null;
}

export interface CaptureView extends View {
  selection(): Selection | null;
}
