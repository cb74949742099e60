import pg from 'pg';

/** The fields before the elements: dimensions, whether there are nulls, element type, length, lower bound. */
const HEAD_BYTES = 5 * 4;

/** A bytea[] in Postgres' binary format. pg sends arrays as text, which is twice as long and costs more on both sides. */
export function byteaArray(values: readonly Buffer[]): Buffer {
  const array = Buffer.allocUnsafe(values.reduce((sum, { length }) => sum + 4 + length, HEAD_BYTES));
  let at = 0;
  for (const field of [1, 0, pg.types.builtins.BYTEA, values.length, 1]) at = array.writeInt32BE(field, at);
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    at += value.copy(array, at);
  }
  return array;
}
