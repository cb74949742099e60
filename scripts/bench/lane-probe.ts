/**
 * What the HTTP/2 lane can do when its handler does nothing, beside a grpc-js server that does the same nothing:
 * `node scripts/bench/lane-probe.ts [requests] [rounds]`. Needs h2load and taskset; loopback; server on the first core,
 * load on the second. Prints the medians of interleaved rounds, and the server's CPU time, which other jobs on the
 * machine disturb less than rates.
 */
import { type ChildProcess, execFile, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { create, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  IntrospectionService,
  IntrospectRequestSchema,
} from '../../gen/featureos/oauth/v1/introspection_service_pb.ts';
import { createLane } from '../../services/introspection/lane/lane.ts';

const PATH = `/${IntrospectionService.typeName}/Introspect`;
/** About as long as a real answer. */
const ANSWER = Buffer.alloc(160, 1);
const TOKEN = 'foat_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN0123456789';
const CONNECTIONS = [1, 10];
const [SERVER_CORE, LOAD_CORE] = ['0', '1'];

const SERVERS: Record<string, () => Promise<number>> = {
  async lane() {
    const methods = new Map([[PATH, { handle: (call: { respond(message: Buffer): void }) => call.respond(ANSWER) }]]);
    const lane = createLane({ methods });
    const server = createServer((socket) => lane.accept(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
  async 'grpc-js'() {
    const server = new Server();
    const identity = (octets: Buffer) => octets;
    const codec = {
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    };
    const definition = { introspect: { path: PATH, requestStream: false, responseStream: false, ...codec } };
    server.addService(definition, {
      introspect: (_call: unknown, callback: (_: null, answer: Buffer) => void) => callback(null, ANSWER),
    });
    return await promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
  },
};

interface Figures {
  readonly rates: number[];
  readonly cpuMicros: number[];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function ask(server: ChildProcess, what: string): Promise<number> {
  const answer = once(server, 'message');
  server.send(what);
  return (await answer)[0] as number;
}

async function load(
  server: ChildProcess,
  connections: number,
  requests: number,
  requestFile: string,
): Promise<[number, number]> {
  const port = await ask(server, 'port');
  const before = await ask(server, 'cpu');
  const fields = ['-H', 'content-type: application/grpc+proto', '-H', 'te: trailers'];
  const args = ['-m', '10', '-c', `${connections}`, '-n', `${requests}`, '-d', requestFile, ...fields];
  const command = ['-c', LOAD_CORE as string, 'h2load', ...args, `http://127.0.0.1:${port}${PATH}`];
  const { stdout } = await promisify(execFile)('taskset', command);
  if (!stdout.includes(`${requests} succeeded`)) throw new Error(stdout);
  const rate = Number(/([\d.]+) req\/s/.exec(stdout)?.[1]);
  return [rate, ((await ask(server, 'cpu')) - before) / requests];
}

async function measure(requests: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lane-probe-'));
  const requestFile = join(folder, 'request.bin');
  const message = toBinary(IntrospectRequestSchema, create(IntrospectRequestSchema, { token: TOKEN }));
  writeFileSync(requestFile, Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]));
  const servers = Object.keys(SERVERS).map((name) => ({
    name,
    process: fork(fileURLToPath(import.meta.url), ['serve', name]),
  }));
  const figures = new Map<string, Figures>();
  for (const { process: server } of servers) {
    await once(server, 'message');
    spawnSync('taskset', ['-cp', SERVER_CORE as string, `${server.pid}`]);
  }
  // One round more, for the compiler.
  for (let round = 0; round <= rounds; round++) {
    for (const connections of CONNECTIONS) {
      for (const { name, process: server } of servers) {
        const [rate, cpu] = await load(server, connections, requests, requestFile);
        const key = `${name}, ${connections} connections`;
        const of = figures.get(key) ?? { rates: [], cpuMicros: [] };
        figures.set(key, of);
        if (round === 0) continue;
        of.rates.push(rate);
        of.cpuMicros.push(cpu);
      }
    }
  }
  for (const { process: server } of servers) server.kill();
  rmSync(folder, { recursive: true });
  print(figures);
}

function print(figures: ReadonlyMap<string, Figures>): void {
  const of = (name: string, connections: number) => figures.get(`${name}, ${connections} connections`) as Figures;
  for (const connections of CONNECTIONS) {
    const [lane, peer] = [of('lane', connections), of('grpc-js', connections)];
    for (const [name, { rates, cpuMicros }] of [
      ['lane', lane],
      ['grpc-js', peer],
    ] as const) {
      console.log(
        `${connections} × 10  ${name.padEnd(8)} ${median(rates).toFixed(0).padStart(7)} /s  ${median(cpuMicros).toFixed(1)} µs CPU a request`,
      );
    }
    const [rate, cpu] = [median(lane.rates) / median(peer.rates), median(peer.cpuMicros) / median(lane.cpuMicros)];
    console.log(`${connections} × 10  ratio    ${rate.toFixed(1)} by rate, ${cpu.toFixed(1)} by CPU time`);
  }
}

async function serve(name: string): Promise<void> {
  const port = await SERVERS[name]?.();
  process.on('message', (what) => {
    const { user, system } = process.cpuUsage();
    process.send?.(what === 'port' ? port : user + system);
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

const [first, second] = process.argv.slice(2);
if (first === 'serve' && second !== undefined) await serve(second);
else await measure(Number(first ?? 100_000), Number(second ?? 3));
