import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader } from '../../services/common/unary-h2/frames/frame-reader.ts';
import { type Frame, frame } from './support/frames.ts';

const anyFrame = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(0x7fff_ffff), fc.uint8Array({ maxLength: 60 }))
  .map(([type, flags, id, payload]): Frame => ({ type, flags, id, payload: Buffer.from(payload) }));

const encode = (frames: readonly Frame[]): Buffer =>
  Buffer.concat(frames.map(({ type, flags, id, payload }) => frame(type, flags, id, payload)));

/** Reads chunks, and overwrites each one afterwards: the reader must have copied what it still needs. */
function read(chunks: readonly Buffer[]): { frames: Frame[]; hasPartialFrame: boolean } {
  const frames: Frame[] = [];
  const reader = new FrameReader({
    onFrame: (type, flags, id, bytes, start, end) =>
      frames.push({ type, flags, id, payload: Buffer.from(bytes.subarray(start, end)) }),
  });
  for (const chunk of chunks) {
    const own = Buffer.from(chunk);
    reader.read(own, 0);
    own.fill(0xaa);
  }
  return { frames, hasPartialFrame: reader.hasPartialFrame };
}

test('reads the same frames however the bytes are split', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat(600)), (frames, cuts) => {
      const bytes = encode(frames);
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(read(chunks)).toEqual({ frames, hasPartialFrame: false });
    }),
    { numRuns: 500 },
  );
});

test('rejects a frame that is too large as soon as its header is complete', () => {
  const header = frame(0, 0, 1, Buffer.alloc(16_385)).subarray(0, 9);
  for (let cut = 1; cut < header.length; cut++) {
    expect(() => read([header.subarray(0, cut), header.subarray(cut)])).toThrow('frame of 16385 bytes');
  }
});
