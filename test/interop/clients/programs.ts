/** The clients of deploy/clients, built as docs/clients.md says. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

const REPOSITORY = join(import.meta.dirname, '../../..');
const CLIENTS = join(REPOSITORY, 'deploy/clients');
const BUF = join(REPOSITORY, 'node_modules/.bin/buf');

export interface ClientProgram {
  readonly name: string;
  /** Commands that all succeed if what the client needs, to be built and to run, is installed. */
  readonly probes: readonly (readonly string[])[];
  /** Generates the gRPC code into the folder, compiles the client if necessary, and returns the command that starts it. */
  build(folder: string): Promise<readonly string[]>;
  readonly env?: (folder: string) => Record<string, string>;
}

const generate = (language: string, output: string) =>
  run(BUF, ['generate', '--template', `deploy/clients/${language}/buf.gen.yaml`, '--output', output], {
    cwd: REPOSITORY,
  });

export const PROGRAMS: readonly ClientProgram[] = [
  {
    name: 'go',
    probes: [
      ['go', 'version'],
      ['protoc-gen-go', '--version'],
      ['protoc-gen-go-grpc', '--version'],
      ['ls', '/usr/share/gocode/src/google.golang.org/grpc', '/usr/share/gocode/src/google.golang.org/protobuf'],
    ],
    async build(folder) {
      await generate('go', join(folder, 'src/example.com/gateway/gen'));
      const program = join(folder, 'introspect');
      // Debian's packages of Go are sources for GOPATH, without modules.
      const env = { ...process.env, GO111MODULE: 'off', GOPATH: `${folder}:/usr/share/gocode` };
      await run('go', ['build', '-o', program, join(CLIENTS, 'go/introspect.go')], { env });
      return [program];
    },
  },
  {
    name: 'python',
    probes: [
      ['/usr/bin/python3', '-c', 'import grpc'],
      ['protoc', '--version'],
      ['ls', '/usr/bin/grpc_python_plugin'],
    ],
    async build(folder) {
      await generate('python', folder);
      return ['/usr/bin/python3', join(CLIENTS, 'python/introspect.py')];
    },
    env: (folder) => ({ PYTHONPATH: folder }),
  },
];

export const canBeBuilt = ({ probes }: ClientProgram): boolean =>
  probes.every(([command, ...args]) => spawnSync(command as string, args).status === 0);

/** A running client. It prints a line for each token. */
export class RunningClient {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor([command, ...args]: readonly string[], env: Record<string, string>) {
    this.#child = spawn(command as string, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  async introspect(token: string): Promise<string> {
    this.#child.stdin?.write(`${token}\n`);
    return (await this.#lines.next()).value;
  }

  /** Closes the input of the client, which then exits. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
