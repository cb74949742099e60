import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFields } from '../../services/common/unary-h2/hpack/encoder.ts';
import * as h2 from './support/frames.ts';
import { Peer } from './support/peer.ts';
import { framed, testServer } from './support/test-server.ts';

const block = encodeFields(h2.requestFields([['authorization', 'Bearer split']]));

/** Requests with padding, CONTINUATION and trailers, one to an unknown method; between them other frames, one of unknown type. */
const INPUT = Buffer.concat([
  h2.PREFACE,
  h2.settings([0x4, 70_000], [0x1, 4_096]),
  h2.SETTINGS_ACK,
  h2.request(1, 'one'),
  h2.ping(),
  h2.frame(h2.Type.HEADERS, h2.PADDED, 3, h2.padded(block.subarray(0, 20), 4)),
  h2.frame(h2.Type.CONTINUATION, h2.END_HEADERS, 3, block.subarray(20)),
  h2.data(3, 0, h2.message('three').subarray(0, 3)),
  h2.windowUpdate(0, 1_000),
  h2.data(3, 0, h2.message('three').subarray(3)),
  h2.frame(0xbe, 0, 0, Buffer.alloc(4)),
  h2.headers(3, h2.END_STREAM, [['x-trailer', '1']]),
  h2.request(5, 'five', h2.requestFields([], '/no')),
]);

/** Sends the chunks; the server receives each in its own 'data' event. */
async function responsesTo(chunks: readonly Buffer[]) {
  const { server, authorizations } = testServer();
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  const peer = new Peer(ours);
  for (const chunk of chunks) {
    theirs.push(Buffer.from(chunk));
    await Promise.resolve();
  }
  const responses = [await peer.response(1), await peer.response(3), await peer.response(5)];
  ours.destroy();
  return {
    contents: responses.map(({ content }) => content),
    lastStatus: responses[2]?.fields['grpc-status'],
    authorizations,
  };
}

const EXPECTED = {
  contents: [framed('one'), framed('three'), Buffer.alloc(0)],
  lastStatus: '12', // UNIMPLEMENTED
  authorizations: [undefined, 'Bearer split'],
};

test(`responds the same to ${INPUT.length} bytes split in two at every position`, async () => {
  for (let cut = 0; cut <= INPUT.length; cut++) {
    expect(await responsesTo([INPUT.subarray(0, cut), INPUT.subarray(cut)]), `split at ${cut}`).toEqual(EXPECTED);
  }
});

test('responds the same byte by byte', async () => {
  expect(await responsesTo([...INPUT].map((byte) => Buffer.of(byte)))).toEqual(EXPECTED);
});

test('responds the same for random chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(INPUT.length), { maxLength: 20 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), INPUT.length];
      const chunks = at.slice(1).map((end, index) => INPUT.subarray(at[index], end));
      expect(await responsesTo(chunks)).toEqual(EXPECTED);
    }),
  );
});
