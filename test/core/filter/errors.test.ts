// What is wrong with a filter, where, and how that is shown.
import { describe, expect, it } from 'vitest';
import { compileFilter, FilterError } from '../../../src/core/filter/index.js';
import { errorText } from '../../../src/core/text/errors.js';

function errorOf(text: string): FilterError {
  try {
    compileFilter(text);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`"${text}" compiles`);
}

describe('a FilterError', () => {
  // The carets are under the columns [from, to).
  it.each([
    ['colour == red', '^^^^^^', /unknown field "colour"/, /a field such as dcid/],
    ['xyz', '^^^', /unknown field "xyz"/, /connection ID in hex/],
    ['0', '^', /unknown field "0"/, /in hex/],
    ['013', '^^^', /unknown field/, /in hex/],
    ['backend == many', '           ^^^^', /backend "many" is not a number of up to 15 bytes/, /of up to 15 bytes/],
    [
      'backend == 0x1000000000000000000000000000000',
      '           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
      /of up to 15 bytes/,
      /15 bytes/,
    ],
    ['backend == -1', '           ^^', /of up to 15 bytes/, /15 bytes/],
    ['backend == 1e3', '           ^^^', /of up to 15 bytes/, /15 bytes/],
    ['backend == ""', '           ^^', /of up to 15 bytes/, /15 bytes/],
    ['queue == 64', '         ^^', /0 to 63/, /63/],
    ['backend =', '        ^', /"=" is not expected/, /==/],
    ['backend = 1', '        ^', /"=" is not expected/, /an operator \(== !=/],
    ['backend ==', '          ^', /missing/, /a number/],
    ['backend == )', '           ^', /"\)" is not expected/, /a number/],
    ['backend 17', '        ^^', /"17" is not expected/, /an operator .*"and"/],
    ['backend ~ 17', '        ^', /backend has no "~"/, /== != </],
    ['dcid < 01', '     ^', /dcid has no "<"/, /== != ~ in/],
    ['src ~ 10', '    ^', /src has no "~"/, /== != in/],
    ['sni matches "x"', '    ^^^^^^^', /"matches" is not expected/, /an operator/],
    ['dcid == 013', '        ^^^', /two digits for each byte/, /in hex/],
    ['dcid == 0133zz', '        ^^^^^^', /not a connection ID/, /in hex/],
    [`dcid == ${'ab'.repeat(21)}`, `        ${'^'.repeat(42)}`, /first 20 bytes/, /starts with them/],
    ['ab'.repeat(21), '^'.repeat(42), /first 20 bytes/, /at most 20 bytes/],
    ['dcid in {01..02}', '         ^^^^^^', /ranges are for numbers and addresses/, /in hex/],
    ['sni in {a..b}', '        ^^^^', /ranges are for/, /a text/],
    ['type == hanshake', '        ^^^^^^^^', /type "hanshake" is not one of unknown, initial/, /handshake/],
    ['type in {initial..retry}', '         ^^^^^^^^^^^^^^', /ranges are for/, /initial/],
    ['type < retry', '     ^', /type has no "<"/, /==/],
    ['trust == me', '         ^^', /one of server, client/, /server/],
    ['version == v3', '           ^^', /not a QUIC version/, /draft-29/],
    ['version == draft-256', '           ^^^^^^^^^', /not a QUIC version/, /v1/],
    ['src == example.org', '       ^^^^^^^^^^^', /not an IP address/, /10\.0\.0\.0\/8/],
    ['src == 10.0.0.0/33', '       ^^^^^^^^^^^', /not an IP address/, /prefix/],
    ['src == 10.0.0.0/', '       ^^^^^^^^^', /not an IP address/, /prefix/],
    ['src == 10.0.0.0/8/8', '       ^^^^^^^^^^^^', /not an IP address/, /prefix/],
    ['src == ::/129', '       ^^^^^^', /not an IP address/, /prefix/],
    ['src == fe80::1%eth0', '       ^^^^^^^^^^^^', /not an IP address/, /prefix/],
    ['ip.src == fd00::1', '          ^^^^^^^', /not an IPv4 address/, /IPv4/],
    ['ipv6.src == 10.0.0.1', '            ^^^^^^^^', /not an IPv6 address/, /IPv6/],
    ['src in {10.0.0.2..10.0.0.1}', '        ^^^^^^^^^^^^^^^^^^', /ends before it begins/, /lower one first/],
    ['src in {10.0.0.2..::1}', '        ^^^^^^^^^^^^^', /from IPv4 to IPv6/, /same kind/],
    ['port in {20..10}', '         ^^^^^^', /ends before/, /lower/],
    ['port in 10', '        ^^', /"10" is not expected/, /braces/],
    ['port in {', '         ^', /missing/, /a number/],
    ['port in {}', '         ^', /"}" is not expected/, /a number/],
    ['port in {1 2}', '           ^', /"2" is not expected/, /"," and/],
    ['port in {1,}', '           ^', /not expected/, /a number/],
    ['port in {1..}', '            ^', /not expected/, /a number/],
    ['issues == cut', '          ^^^', /no issue "cut"/, /cid_cut/],
    ['issues ~ zzz', '         ^^^', /no issue/, /over_budget/],
    ['sni == "abc', '       ^^^^', /quote is not closed/, /same quote "/],
    ['(backend', '        ^', /missing/, /"\)"/],
    ['backend)', '       ^', /"\)" is not expected/, /"and"/],
    ['backend and', '           ^', /missing/, /a field/],
    ['and backend', '^^^', /"and" is not expected/, /a field/],
    ['not', '   ^', /missing/, /a field/],
    ['backend & token', '        ^', /"&" is not expected/, /"and"/],
    ['0133 0011', '     ^^^^', /"0011" is not expected/, /"and"/],
    ['== 17', '^^', /"==" is not expected/, /a field/],
    ['"dcid" == 01', '^^^^^^', /not expected/, /a field/],
    ['  colour', '  ^^^^^^', /unknown field/, /a field/],
  ])('%s', (text, carets, message, expected) => {
    const error = errorOf(text);
    expect(' '.repeat(error.from) + '^'.repeat(Math.max(1, error.to - error.from))).toBe(carets);
    expect(error.message).toMatch(message);
    expect(error.expected).toMatch(expected);
    expect(error.status).toBe(2);
  });

  it('says that a text is too long, or nested too deep', () => {
    const long = errorOf('frame == 1 or '.repeat(400));
    expect([long.from, long.message]).toEqual([4096, 'filter: it is longer than 4096 characters']);
    expect(errorOf(`${'('.repeat(65)}backend${')'.repeat(65)}`)).toMatchObject({ from: 65 });
    expect(errorOf(`${'!'.repeat(2000)}backend`).message).toMatch(/nested more than 64 deep/);
    compileFilter(`${'('.repeat(64)}backend${')'.repeat(64)}`);
    compileFilter('frame == 1 or '.repeat(290).concat('backend'));
  });

  it('shows the column on stderr, whatever is in the text', () => {
    expect(errorText(errorOf('backend == 17 and colour == red'))).toBe(
      [
        'quic-top: filter: unknown field "colour"',
        '  backend == 17 and colour == red',
        '                    ^^^^^^',
        'Next: write a field such as dcid, backend or src, a connection ID in hex, "not" or "("',
      ].join('\n'),
    );
    const [, line = '', carets = ''] = errorText(errorOf('sni == "\x1b[2J" and é == 1')).split('\n');
    expect(line).toBe('  sni == "\\x1b[2J" and \\xc3\\xa9 == 1');
    expect(line.slice(carets.indexOf('^'), carets.length)).toBe('\\xc3\\xa9');
  });

  it('shows the part of a long text that is wrong', () => {
    const [, line = '', carets = ''] = errorText(errorOf(`${'frame == 1 or '.repeat(100)}colour`)).split('\n');
    expect(line.length).toBeLessThan(130);
    expect(line.slice(carets.indexOf('^'))).toBe('colour');
  });
});
