import { type Duplex, duplexPair } from 'node:stream';

/** Two ends of a connection whose data arrives in chunks of `size()` bytes, one per event-loop turn. */
export function chunkedPair(size: () => number): [Duplex, Duplex] {
  const [left, leftEnd] = duplexPair();
  const [right, rightEnd] = duplexPair();
  splitInto(leftEnd, rightEnd, size);
  splitInto(rightEnd, leftEnd, size);
  return [left, right];
}

function splitInto(from: Duplex, to: Duplex, size: () => number): void {
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
