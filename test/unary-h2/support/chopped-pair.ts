import { type Duplex, duplexPair } from 'node:stream';

/** Two ends of a connection whose octets arrive in pieces of `size()` octets each, every piece in a turn of its own. */
export function choppedPair(size: () => number): [Duplex, Duplex] {
  const [left, leftEnd] = duplexPair();
  const [right, rightEnd] = duplexPair();
  chop(leftEnd, rightEnd, size);
  chop(rightEnd, leftEnd, size);
  return [left, right];
}

function chop(from: Duplex, to: Duplex, size: () => number): void {
  let done = Promise.resolve();
  from.on('data', (chunk: Buffer) => {
    done = done.then(async () => {
      for (let at = 0; at < chunk.length; ) {
        const end = at + Math.max(1, size());
        if (!to.destroyed && !to.writableEnded) to.write(Buffer.from(chunk.subarray(at, end)));
        at = end;
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  from.on('end', () => void done.then(() => to.end()));
  from.on('error', () => {});
  from.on('close', () => to.destroy());
}
