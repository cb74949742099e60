import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLAIM_BYTES, decodeState, encodeLease, encodeState } from '../../services/common/token-state/entry.ts';

const bytes = fc.uint8Array({ maxLength: 2_000 });
/** Milliseconds since 1970 in six bytes: until the year 10889. */
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('a state is decoded as it was encoded', () => {
  fc.assert(
    fc.property(bytes, time, time, (answer, freshUntil, expiresAt) => {
      const entry = encodeState(answer, freshUntil, expiresAt);
      const state = decodeState(entry);
      expect(state).toMatchObject({ freshUntil, expiresAt });
      expect(Buffer.compare(state?.answer as Buffer, answer)).toBe(0);
      expect(state?.claim).toEqual(entry.subarray(0, CLAIM_BYTES));
    }),
  );
});

test('two encodings of one state have different claims, so that a late fill cannot pass for an earlier one', () => {
  fc.assert(
    fc.property(bytes, time, time, (answer, freshUntil, expiresAt) => {
      const [one, other] = [1, 2].map(() => encodeState(answer, freshUntil, expiresAt).subarray(0, CLAIM_BYTES));
      expect(one).not.toEqual(other);
    }),
  );
});

test('a lease, a fence and nothing at all hold no state', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 80 }), (changeIds) => {
      expect(decodeState(Buffer.concat([Buffer.from('F'), changeIds]))).toBeUndefined();
      expect(decodeState(encodeLease())).toBeUndefined();
      expect(decodeState(null)).toBeUndefined();
    }),
  );
});

test('what is cut short or begins otherwise is no state, and never an error', () => {
  fc.assert(
    fc.property(
      bytes,
      time,
      time,
      fc.nat({ max: 20 }),
      fc.uint8Array(),
      (answer, freshUntil, expiresAt, cut, other) => {
        expect(decodeState(encodeState(answer, freshUntil, expiresAt).subarray(0, cut))).toBeUndefined();
        if (other[0] !== 0x53) expect(decodeState(Buffer.from(other))).toBeUndefined();
      },
    ),
  );
});
