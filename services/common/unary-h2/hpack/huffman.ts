import { EOS, HUFFMAN_CODES } from './huffman-code.ts';

/** Added to a symbol to mark a leaf; greater than the index of any inner node. */
const LEAF = 1 << 9;
/** The two children of each inner node: an inner node, or `LEAF + symbol`. Node 0 is the root. */
const CHILDREN = buildTree();

const EOS_FOUND = 1 << 26;
/**
 * The decoder as a state machine over bytes: `TRANSITIONS[node << 8 | byte]` for each of the 256 inner nodes. The
 * shortest code has 5 bits, so a byte completes at most two symbols.
 *   bits 0-7 next node · 8-15 first symbol · 16-23 second symbol · 24-25 number of symbols · 26 EOS_FOUND
 */
const TRANSITIONS = buildTransitions();

/** The nodes at which a string may end: after fewer than 8 padding bits, all ones (RFC 7541 section 5.2). */
const ACCEPTING = buildPaddingNodes();

/**
 * Decodes `source[start, end)` into `target` and returns the decoded length, or -1 if the source is invalid: it contains EOS,
 * or its padding is longer than 7 bits or not all ones. `target` must have room for `(end - start) * 8 / 5` bytes: the shortest
 * code has 5 bits.
 */
export function decodeHuffman(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let node = 0;
  let length = 0;
  for (let at = start; at < end; at++) {
    const step = TRANSITIONS[(node << 8) | (source[at] as number)] as number;
    // The number of symbols; above 2 if EOS_FOUND (bit 26) is set.
    const symbols = step >>> 24;
    if (symbols !== 0) {
      if (symbols > 2) return -1;
      // A Uint8Array keeps the low 8 bits.
      target[length++] = step >>> 8;
      if (symbols === 2) target[length++] = step >>> 16;
    }
    node = step & 0xff;
  }
  return ACCEPTING[node] === 1 ? length : -1;
}

function buildTree(): Int16Array {
  const children = new Int16Array(2 * 256);
  let nodes = 1;
  for (const { symbol, length, bits } of HUFFMAN_CODES) {
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const edge = (node << 1) | ((bits >>> bit) & 1);
      if (children[edge] === 0) children[edge] = nodes++;
      node = children[edge] as number;
    }
    children[(node << 1) | (bits & 1)] = LEAF + symbol;
  }
  return children;
}

function buildTransitions(): Uint32Array {
  const transitions = new Uint32Array(256 * 256);
  for (let index = 0; index < transitions.length; index++) transitions[index] = transition(index >>> 8, index & 0xff);
  return transitions;
}

function transition(from: number, byte: number): number {
  let node = from;
  let symbols = 0;
  let packed = 0;
  for (let bit = 7; bit >= 0; bit--) {
    const next = CHILDREN[(node << 1) | ((byte >>> bit) & 1)] as number;
    node = next < LEAF ? next : 0;
    if (next < LEAF) continue;
    if (next === LEAF + EOS) return EOS_FOUND;
    symbols++;
    packed |= (next - LEAF) << (8 * symbols);
  }
  return packed | (symbols << 24) | node;
}

function buildPaddingNodes(): Uint8Array {
  const accepting = new Uint8Array(256);
  let node = 0;
  for (let bits = 0; bits < 8; bits++) {
    accepting[node] = 1;
    node = CHILDREN[(node << 1) | 1] as number;
  }
  return accepting;
}
