// To which servers the packets of each backend went. Two hosts for one backend: it is routed to the wrong one, or to several.

import { WordLru } from '../cid/word-lru.js';
import type { RecordView } from '../recorder/record.js';
import { addressText } from '../text/address.js';
import { endpointText } from '../text/format.js';

/** Different servers of all backends; whoever sends to random addresses gets no more. */
const ALL_SERVERS = 16_384;
/** Of these, as many may be of untrusted packets: anybody can send those, whatever backend they name. */
const UNTRUSTED_SERVERS = 4096;
/** Remembered of a backend: the first ones. */
const SERVERS = 4;
/** What is kept of a backend: the slots of its servers (0: none, all zero), then flags. */
const FLAGS = SERVERS;
const BACKEND_FIELDS = SERVERS + 1;
/** The servers are those of packets whose CID a server chose. */
const TRUSTED = 1;
/** There was another one, for which there was no room. */
const MORE = 2;
/** Two of them have different addresses of one IP version. */
const DISAGREE = 4;

/** A server: its address as records have it, IPv4 in the first word; then its IP version and port. */
const ADDRESS_WORDS = 4;
const SERVER_WORDS = ADDRESS_WORDS + 1;
const VERSION_SHIFT = 16;
/** Of a backend on its way between threads: its servers, then flags. */
const PACKED_FLAGS = SERVERS * SERVER_WORDS;
const PACKED_WORDS = PACKED_FLAGS + 1;

export class BackendServers {
  /** Gives each server a slot. It is never used beyond its size: nothing is forgotten. */
  private readonly slots = new WordLru(ALL_SERVERS, ADDRESS_WORDS);
  /** Slots that untrusted packets took. */
  private untrusted = 0;
  /** By slot. */
  private readonly servers = new Uint32Array((ALL_SERVERS + 1) * SERVER_WORDS);
  private readonly known: Uint16Array;

  /** @param backends how many there can be: each has a number, from 1 */
  constructor(backends: number) {
    this.known = new Uint16Array((backends + 1) * BACKEND_FIELDS);
  }

  /** That number is another backend's from now on. */
  begin(backend: number): void {
    this.known.fill(0, backend * BACKEND_FIELDS, (backend + 1) * BACKEND_FIELDS);
  }

  /**
   * The server's end of a packet is the one with the watched port. What untrusted packets say counts as long as there
   * was no trusted one: their backend is chance.
   */
  note(view: RecordView, backend: number, trusted: boolean): void {
    const { known } = this;
    const at = backend * BACKEND_FIELDS;
    if (((known[at + FLAGS] as number) & TRUSTED) === 0) {
      if (trusted) {
        for (let i = at; i < at + FLAGS; i++) known[i] = 0;
        known[at + FLAGS] = TRUSTED;
      }
    } else if (!trusted) {
      return;
    }
    const { words, serverAddress: address } = view;
    const end = (view.ipVersion << VERSION_SHIFT) | view.serverPort;
    // Nearly always it is this one.
    if (this.endOf(known[at] as number) === end && this.isHost(known[at] as number, words, address)) return;
    const slot = this.slotOf(words, address, end, trusted);
    let i = at;
    for (; i < at + FLAGS && known[i] !== 0; i++) {
      const other = known[i] as number;
      if (other === slot) return;
      if ((this.endOf(other) ^ end) >>> VERSION_SHIFT !== 0 || this.isHost(other, words, address)) continue;
      (known[at + FLAGS] as number) |= DISAGREE;
    }
    if (i < at + FLAGS && slot !== 0) known[i] = slot;
    // A backend whose first server got no slot is one of which nothing is known.
    else if (i > at) (known[at + FLAGS] as number) |= MORE;
  }

  private endOf(slot: number): number {
    return this.servers[slot * SERVER_WORDS + ADDRESS_WORDS] as number;
  }

  private isHost(slot: number, words: Uint32Array, address: number): boolean {
    const { servers } = this;
    const at = slot * SERVER_WORDS;
    return (
      servers[at] === words[address] &&
      servers[at + 1] === words[address + 1] &&
      servers[at + 2] === words[address + 2] &&
      servers[at + 3] === words[address + 3]
    );
  }

  /** 0: there are too many servers. */
  private slotOf(words: Uint32Array, address: number, end: number, trusted: boolean): number {
    const { slots } = this;
    const known = slots.find(words, address, end);
    if (known !== 0 || slots.size === slots.capacity) return known;
    if (!trusted && this.untrusted++ >= UNTRUSTED_SERVERS) return 0;
    const slot = slots.use(words, address, end);
    this.servers.set(words.subarray(address, address + ADDRESS_WORDS), slot * SERVER_WORDS);
    this.servers[slot * SERVER_WORDS + ADDRESS_WORDS] = end;
    return slot;
  }

  /** What is known of these backends, in their order, for serversOf(). */
  pack(backends: Uint32Array): Uint32Array {
    const packed = new Uint32Array(backends.length * PACKED_WORDS);
    backends.forEach((backend, i) => {
      const [from, to] = [backend * BACKEND_FIELDS, i * PACKED_WORDS];
      for (let i = 0; i < SERVERS; i++) {
        const server = (this.known[from + i] as number) * SERVER_WORDS;
        packed.set(this.servers.subarray(server, server + SERVER_WORDS), to + i * SERVER_WORDS);
      }
      packed[to + PACKED_FLAGS] = this.known[from + FLAGS] as number;
    });
    return packed;
  }
}

/** The servers of one backend, read when they are asked for. */
export class Servers {
  private readonly bytes: Uint8Array;

  /** @param words PACKED_WORDS of them */
  constructor(private readonly words: Uint32Array) {
    this.bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  }

  private end(server: number): number {
    return this.words[server * SERVER_WORDS + ADDRESS_WORDS] as number;
  }

  private version(server: number): number {
    return this.end(server) >>> VERSION_SHIFT;
  }

  /** Those that are remembered: at most four. */
  get count(): number {
    let count = 0;
    while (count < SERVERS && this.end(count) !== 0) count++;
    return count;
  }

  /** There were more than that. */
  get more(): boolean {
    return ((this.words[PACKED_FLAGS] as number) & MORE) !== 0;
  }

  /** They are of several hosts, as it seems: two ports, or an IPv4 and an IPv6 address, may be those of one. */
  get disagree(): boolean {
    return ((this.words[PACKED_FLAGS] as number) & DISAGREE) !== 0;
  }

  /** Their addresses, those of several ports of one host more than once. */
  get addresses(): string[] {
    return Array.from({ length: this.count }, (_, server) => this.address(server));
  }

  private address(server: number): string {
    const at = 4 * SERVER_WORDS * server;
    return addressText(this.bytes.subarray(at, at + (this.version(server) === 6 ? 16 : 4)));
  }

  /** Address and port of the one seen first, by IPv4 if there is one; empty when there is none. */
  get first(): string {
    const { count } = this;
    if (count === 0) return '';
    let server = 0;
    while (server < count && this.version(server) !== 4) server++;
    server %= count;
    return endpointText(this.address(server), this.end(server) & 0xffff);
  }
}

/** Of a backend of which no packet came. */
export const NO_SERVERS = new Servers(new Uint32Array(PACKED_WORDS));

/** The servers of the backend that was the `index`-th of pack(). */
export function serversOf(packed: Uint32Array, index: number): Servers {
  return new Servers(packed.subarray(index * PACKED_WORDS, (index + 1) * PACKED_WORDS));
}
