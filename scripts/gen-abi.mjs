// Writes src/core/native/abi.gen.ts from the BTF of headers in xdp/ and of two of addon/, so that TypeScript
// repeats no offset, size or enum value. With --check: fails when the committed file is not what would be written.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'src/core/native/abi.gen.ts');

const HEADERS = ['quic.h', 'recorder/recorder_layout.h', 'quic/opened_initial.h'];

// A type reaches BTF only when something uses it as a type.
const STRUCTS = [
  'qt_recorder',
  'qt_lane',
  'qt_record',
  'qt_count',
  'qt_cid_row',
  'qt_cid',
  'qt_endpoint',
  'qt_cid_layout',
  'qt_backend_cids',
  'qt_backend_row',
  'qt_backend_count',
  'qt_server_id',
  'qt_packet_line',
  'qt_opened_initial',
];
const ENUMS = [
  'qt_limits',
  'qt_link_type',
  'qt_mode',
  'qt_short_mode',
  'qt_counter',
  'qt_cid_scheme',
  'qt_cidv1',
  'qt_unroutable',
  'qt_cid_layout_flags',
  'qt_ethertype',
  'qt_ip_protocol',
  'qt_parse_limits',
  'qt_quic_limits',
  'qt_recorder_limits',
  'qt_quic_version',
  'qt_packet_type',
  'qt_record_flags',
  'qt_issue',
  'qt_initial_issue',
  'qt_initial_verdict',
  'qt_cid_chooser',
  'qt_loss',
];

function readBtf() {
  const folder = mkdtempSync(join(tmpdir(), 'quic-top-abi-'));
  try {
    const source = join(folder, 'abi.c');
    const object = join(folder, 'abi.o');
    const uses = [
      ...STRUCTS.map((name) => `struct ${name} use_${name};`),
      ...ENUMS.map((name) => `enum ${name} use_${name};`),
    ];
    writeFileSync(source, [...HEADERS.map((name) => `#include "${name}"`), ...uses, ''].join('\n'));
    const machine = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim();
    const include = ['xdp', 'addon'].map((name) => `-I${join(root, name)}`);
    execFileSync(
      'clang',
      ['-g', '-target', 'bpf', `-I/usr/include/${machine}-linux-gnu`, ...include, '-c', source, '-o', object],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    return JSON.parse(execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', object], { encoding: 'utf8' })).types;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const types = readBtf();
const find = (kind, name) => {
  const found = types.find((type) => type.kind === kind && type.name === name);
  if (!found) throw new Error(`gen-abi: no ${kind} ${name} in the BTF`);
  return found;
};
const constant = (name) => name.replace(/^qt_/, '').toUpperCase();

const lines = [
  '// Made by scripts/gen-abi.mjs from xdp/quic_top_abi.h, parse.h, quic.h, addon/recorder/recorder_layout.h and',
  '// addon/quic/opened_initial.h. Do not edit.',
  '// Offsets and sizes are in bytes.',
];
for (const name of STRUCTS) {
  const { members, size } = find('STRUCT', name);
  lines.push('', `export const ${constant(name)} = {`, `  SIZE: ${size},`);
  for (const member of members) lines.push(`  ${member.name}: ${member.bits_offset / 8},`);
  lines.push('} as const;');
}
for (const name of ENUMS) {
  const { values } = find('ENUM', name);
  lines.push('', `export const ${constant(name)} = {`);
  for (const value of values) lines.push(`  ${value.name.replace(/^QT_/, '')}: ${value.val},`);
  lines.push('} as const;');
}
const text = `${lines.join('\n')}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(output, 'utf8') !== text) {
    console.error('src/core/native/abi.gen.ts is not what the headers say. Run: npm run gen:abi');
    process.exit(1);
  }
} else {
  writeFileSync(output, text);
}
