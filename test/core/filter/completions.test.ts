import { describe, expect, it } from 'vitest';
import { FIELDS } from '../../../src/core/filter/fields.js';
import { completions } from '../../../src/core/filter/index.js';

/** What is offered where `|` stands. */
function at(text: string) {
  const caret = text.indexOf('|');
  return completions(text.replace('|', ''), caret);
}
const offered = (text: string) => at(text).candidates.map((candidate) => candidate.text);

const OWN = FIELDS.map(({ name }) => name);
const NUMBER = ['==', '!=', '<', '<=', '>', '>=', 'in'];

describe('completions', () => {
  it.each([
    // A field begins.
    ['|', [...OWN, 'not']],
    ['(|', [...OWN, 'not']],
    ['not |', [...OWN, 'not']],
    ['!|', [...OWN, 'not']],
    ['backend == 17 and |', [...OWN, 'not']],
    ['backend == 17 && |', [...OWN, 'not']],
    ['ba|', ['backend']],
    ['BA|', ['backend']],
    ['backend == 1 and sr|', ['src', 'src_port']],
    [
      'qu|',
      [
        'queue',
        'quic.token_length',
        'quic.cc.error_code',
        'quic.dcid',
        'quic.scid',
        'quic.long.packet_type',
        'quic.header_form',
        'quic.version',
        'quic.packet_length',
        'quic.cc.reason_phrase',
      ],
    ],
    ['udp.s|', ['udp.srcport']],
    ['zzz|', []],
    // An operator follows.
    ['backend |', [...NUMBER, 'and', 'or']],
    ['dcid |', ['==', '!=', '~', 'in', 'and', 'or']],
    ['src |', ['==', '!=', 'in', 'and', 'or']],
    ['backend =|', ['==']],
    ['backend i|', ['in']],
    ['token a|', ['and']],
    // Then a value.
    ['type == |', ['unknown', 'initial', '0rtt', 'handshake', 'retry', 'version_negotiation', '1rtt']],
    ['type ==|', ['unknown', 'initial', '0rtt', 'handshake', 'retry', 'version_negotiation', '1rtt']],
    ['type == ha|', ['handshake']],
    ['type eq ha|', ['handshake']],
    ['type in |', ['{']],
    ['type in {in|', ['initial']],
    ['type in {initial, |', ['unknown', 'initial', '0rtt', 'handshake', 'retry', 'version_negotiation', '1rtt']],
    ['version == v|', ['v1', 'v2', 'vn']],
    ['trust != |', ['server', 'client', 'echoed', 'unknown']],
    ['issues == cid|', ['cid_cut', 'cid_too_long', 'cid_not_opened', 'cid_length_unknown']],
    ['issues ~ over|', ['over_budget']],
    ['ech == |', ['false', 'true']],
    ['backend == |', []],
    ['sni == "a |', []],
    // And what joins it to the next.
    ['backend == 17 |', ['and', 'or']],
    ['type == initial a|', ['and']],
    ['0133 |', ['and', 'or']],
    ['type in {initial} |', ['and', 'or']],
    ['(backend == 17) |', ['and', 'or']],
    ['(backend) |', ['and', 'or']],
    ['type in {initial |', []],
  ])('%s', (text, texts) => expect(offered(text)).toEqual(texts));

  it('stand in the place of the whole word that the caret is in', () => {
    expect(at('type == ha|nd and sni')).toMatchObject({ from: 8, to: 12 });
    expect(at('ba|')).toMatchObject({ from: 0, to: 2 });
    expect(at('backend | == 1')).toMatchObject({ from: 8, to: 8 });
    expect(at('backend =|= 1')).toMatchObject({ from: 8, to: 9 });
  });

  it('say what each is, in one line', () => {
    for (const text of ['|', 'backend |', 'type == |', 'version == |', 'trust == |', 'issues == |', 'ech == |']) {
      for (const { help } of at(text).candidates) expect(help).toMatch(/^[^\n]{2,70}$/);
    }
  });
});
