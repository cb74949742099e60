import { expect, test } from 'vitest';
import { ControlQueue } from '../../services/common/unary-h2/frames/control-queue.ts';
import { ErrorCode } from '../../services/common/unary-h2/unary-server.ts';
import { ACK, frame, Type, uint32 } from './support/frames.ts';

const FRAMES = 40;

/** The output of 40 calls on a new queue, which grows several times. */
function queued(add: (queue: ControlQueue, index: number) => void): Buffer {
  const queue = new ControlQueue();
  for (let index = 0; index < FRAMES; index++) add(queue, index);
  const bytes = Buffer.alloc(queue.length);
  queue.moveTo(bytes, 0);
  return bytes;
}

const framesOf = (make: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: FRAMES }, (_, index) => make(index)));

test.each<[string, (queue: ControlQueue, index: number) => void, (index: number) => Buffer]>([
  [
    'PING acknowledgements',
    (queue, index) => queue.acknowledgePing(uint32(7, index), 0, 8),
    (index) => frame(Type.PING, ACK, 0, uint32(7, index)),
  ],
  ['PINGs', (queue, index) => queue.ping(uint32(8, index)), (index) => frame(Type.PING, 0, 0, uint32(8, index))],
  [
    'RST_STREAMs',
    (queue, index) => queue.resetStream(index, ErrorCode.REFUSED_STREAM),
    (index) => frame(Type.RST_STREAM, 0, index, uint32(ErrorCode.REFUSED_STREAM)),
  ],
  [
    'WINDOW_UPDATEs',
    (queue, index) => queue.windowUpdate(index, 1_000 + index),
    (index) => frame(Type.WINDOW_UPDATE, 0, index, uint32(1_000 + index)),
  ],
  [
    'GOAWAYs',
    (queue, index) => queue.goAway(index, ErrorCode.NO_ERROR),
    (index) => frame(Type.GOAWAY, 0, 0, uint32(index, ErrorCode.NO_ERROR)),
  ],
])('encodes %s correctly while the queue grows', (_name, add, expected) => {
  expect(queued(add).equals(framesOf(expected))).toBe(true);
});
