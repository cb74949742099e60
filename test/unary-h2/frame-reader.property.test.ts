import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader } from '../../services/common/unary-h2/frames/frame-reader.ts';
import { type Frame, frame } from './support/frames.ts';

const anyFrame = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(0x7fff_ffff), fc.uint8Array({ maxLength: 60 }))
  .map(([type, flags, id, payload]): Frame => ({ type, flags, id, payload: Buffer.from(payload) }));

const octetsOf = (frames: readonly Frame[]): Buffer =>
  Buffer.concat(frames.map(({ type, flags, id, payload }) => frame(type, flags, id, payload)));

/** Reads chunks and overwrites each one afterwards, as a transport might. */
function read(chunks: readonly Buffer[]): { frames: Frame[]; isWithinFrame: boolean } {
  const frames: Frame[] = [];
  const reader = new FrameReader({
    frame: (type, flags, id, octets, start, end) =>
      frames.push({ type, flags, id, payload: Buffer.from(octets.subarray(start, end)) }),
  });
  for (const chunk of chunks) {
    const own = Buffer.from(chunk);
    reader.read(own, 0);
    own.fill(0xaa);
  }
  return { frames, isWithinFrame: reader.isWithinFrame };
}

test('frames are the same however their octets are cut', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat(600)), (frames, cuts) => {
      const octets = octetsOf(frames);
      const at = [0, ...cuts.map((cut) => Math.min(cut, octets.length)).sort((a, b) => a - b), octets.length];
      const chunks = at.slice(1).map((end, index) => octets.subarray(at[index], end));
      expect(read(chunks)).toEqual({ frames, isWithinFrame: false });
    }),
    { numRuns: 500 },
  );
});

test('frames are the same cut in two at every position, and octet by octet', () => {
  const frames = fc.sample(anyFrame, { seed: 7540, numRuns: 6 });
  const octets = octetsOf(frames);
  for (let cut = 0; cut <= octets.length; cut++) {
    expect(read([octets.subarray(0, cut), octets.subarray(cut)]).frames).toEqual(frames);
  }
  expect(read([...octets].map((octet) => Buffer.of(octet))).frames).toEqual(frames);
});

test('a frame that is too large is refused by its header alone, however that comes', () => {
  const header = frame(0, 0, 1, Buffer.alloc(16_385)).subarray(0, 9);
  for (let cut = 1; cut < header.length; cut++) {
    expect(() => read([header.subarray(0, cut), header.subarray(cut)])).toThrow('a frame of 16385 octets');
  }
});
