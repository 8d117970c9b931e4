// The keys of a capture's screen, in one table: what they do, when they cannot; the footer, the help and the README's list
// come from it.

import { serverIdText } from '../../core/cid/server-id.js';
import { printable } from '../../core/text/format.js';
import type { KeyBinding } from '../key-binding.js';
import { SCREEN_KEYS } from '../keys.js';
import type { CidsView } from './views/cids.js';
import type { CaptureWorkspace } from './workspace.js';

function noDcid({ view }: CaptureWorkspace): string | null {
  const selection = view.selection();
  if (!selection) return 'no packet is selected';
  return selection.dcid === null ? 'the selected row has no DCID' : null;
}

function noBackend({ view }: CaptureWorkspace): string | null {
  const selection = view.selection();
  if (!selection) return 'no packet is selected';
  return selection.backend === null ? 'no backend can be read from the selected row' : null;
}

function noExport({ capture, exporter }: CaptureWorkspace): string | null {
  if (exporter.running) return 'an export is being written';
  if (capture.incomplete) return capture.incomplete;
  return capture.list.isEmpty ? 'no packet matches: there is nothing to export' : null;
}

const { view, open, leave, pane, down, up, pageDown, pageUp, start, end, sort, reverse, help, quit, suspend } =
  SCREEN_KEYS;

export const KEYS: readonly KeyBinding<CaptureWorkspace>[] = [
  { ...view, title: 'the view: Packets, CIDs, Backends, Queues, Charts' },
  {
    id: 'filter',
    keys: ['/'],
    title: 'type a filter: Tab completes, Up and Down recall',
    hint: 'filter',
    run: (workspace) => workspace.openFilter(),
  },
  {
    id: 'filter-dcid',
    keys: ['d'],
    title: "filter by the selected row's DCID",
    hint: 'this DCID',
    run: (workspace) => workspace.filterBy(workspace.view.selection()?.dcid ?? ''),
    disabled: noDcid,
  },
  {
    id: 'filter-backend',
    keys: ['b'],
    title: "filter by the selected row's backend",
    hint: 'this backend',
    run: (workspace) => {
      const backend = workspace.view.selection()?.backend ?? null;
      if (backend !== null) workspace.filterBy(`backend == ${serverIdText(backend)}`);
    },
    disabled: noBackend,
  },
  {
    id: 'clear',
    keys: ['x'],
    title: 'clear the filter',
    hint: 'clear',
    run: ({ capture }) => capture.setFilter(''),
    disabled: ({ capture }) => (capture.filter.text === '' ? 'there is no filter' : null),
  },
  {
    id: 'pause',
    keys: ['space', 'p'],
    title: 'freeze the view, and go on; the capture is not touched',
    hint: 'pause',
    run: ({ capture }) => capture.togglePause(),
    disabled: ({ capture }) => (capture.source.kind === 'file' ? 'a file stands still' : null),
  },
  {
    id: 'export',
    keys: ['e'],
    title: 'save the matching packets as a pcapng file',
    hint: 'export',
    run: (workspace) => workspace.export(null),
    disabled: noExport,
  },
  {
    id: 'export-as',
    keys: ['w'],
    title: 'save them under a name: .pcapng or .pcap',
    run: (workspace) => workspace.openName(),
    disabled: noExport,
  },
  { ...open, title: 'details of a packet, packets of a row, fields of a field' },
  { ...leave, title: 'back: closes the help and the details, cancels an export' },
  pane,
  { ...down, title: 'one row down; in the packet list: newer' },
  up,
  {
    id: 'sideways',
    keys: ['left', 'right'],
    title: 'close and open a field; in the bytes: the field before, the next',
    run: ({ cursor }, key) => cursor?.moveSideways?.(key === 'left' ? -1 : 1),
    disabled: ({ cursor }) => (cursor?.moveSideways ? null : 'that is for the details of a packet'),
  },
  pageDown,
  pageUp,
  { ...start, title: 'the first row; the oldest packet still in the recorder' },
  { ...end, title: 'the last row; the newest packet' },
  {
    id: 'follow',
    keys: ['f'],
    title: 'follow the newest packets, in order of time; of a file: go to its end',
    hint: 'follow',
    run: ({ capture }) => capture.follow(),
    disabled: ({ capture, view }) => {
      if (view.id !== 'packets') return 'that is for the packet list';
      if (capture.paused) return 'the view is paused: space goes on';
      return capture.viewport.follow && !capture.sort ? 'the newest packet is being followed' : null;
    },
  },
  {
    id: 'evidence',
    keys: ['v'],
    title: 'of connection IDs: what their bytes show, for each server, and the scheme that fits; and back',
    run: ({ view }) => (view as CidsView).toggleEvidence(),
    disabled: ({ view }) => (view.id === 'cids' ? null : 'that is for the view of connection IDs'),
  },
  { ...sort, title: 'sort by the next column; after the last, packets are in order of time again' },
  reverse,
  {
    id: 'mode',
    keys: ['m'],
    title: 'change between tap and divert, after a question',
    run: (workspace) => workspace.askMode(),
    disabled: ({ capture: { source } }) => {
      if (source.setMode) return null;
      return source.kind === 'live'
        ? `to take packets by AF_XDP type: sudo quic-top ${printable(source.name)} --mode divert`
        : 'a file has no mode';
    },
  },
  help,
  quit,
  suspend,
];
