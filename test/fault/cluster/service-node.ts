import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { guard } from '../../../scripts/dependencies/guard.ts';
import { freePort } from '../../../scripts/dependencies/ports.ts';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import type { Command, Report, StepFault } from './processes/child.ts';

export type Environment = Readonly<Record<string, string>>;

export interface ServiceSpec {
  readonly name: string;
  /** A file in `processes/`. */
  readonly script: 'auth-server' | 'introspection';
  /** Variables that are set to free ports. */
  readonly portVariables: readonly string[];
  readonly environment: Environment;
  readonly proxies: readonly FaultProxy[];
}

const MAX_START_ATTEMPTS = 5;
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 8_000;
const MAX_LOG_LENGTH = 20_000;
/** Makes restarts faster: they take most of the time of scenarios that kill services. */
const COMPILE_CACHE = join(tmpdir(), 'featureos-fault-compile-cache');

/** Starts a service in its own process. Restarts keep the ports. */
export async function startService({ name, script, portVariables, environment, proxies }: ServiceSpec) {
  let ports: Environment = {};
  let addresses: Record<string, string> | undefined;
  let child: ChildProcess;
  let log = '';
  /** Armed faults that no change has met yet. */
  let armed: { readonly step: StepFault['step']; readonly onReached: () => void }[] = [];

  async function startOnce(): Promise<void> {
    // A first start fails if another process has taken one of the ports meanwhile, so the next attempt gets new ones.
    if (addresses === undefined) ports = await freePorts(portVariables);
    child = fork(fileURLToPath(new URL(`./processes/${script}.ts`, import.meta.url)), [], {
      execArgv: [],
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment, ...ports },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    guard(child, { stopSignal: 'SIGKILL' });
    child.setMaxListeners(0);
    log = '';
    child.stderr?.on('data', (data: Buffer) => {
      log = (log + data.toString()).slice(-MAX_LOG_LENGTH);
    });
    try {
      addresses = await ready(child);
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`${name} did not start: ${log}`, { cause: error });
    }
    child.on('message', (report: Report) => {
      if (report.kind === 'fence failed') node.fencesFailed++;
      if (report.kind !== 'reached') return;
      for (const { step, onReached } of armed) if (step === report.step) onReached();
      armed = armed.filter(({ step }) => step !== report.step);
    });
  }

  const node = {
    name,
    /** How many attempts to set a fence have failed. */
    fencesFailed: 0,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    /** `portName`: as the service names it, such as `grpc`. */
    address: (portName: string) => addresses?.[portName] as string,

    /** Starts the process, the first time or after a kill; resolves when it serves. */
    async start(): Promise<void> {
      for (let attempt = 1; ; attempt++) {
        try {
          return await startOnce();
        } catch (error) {
          if (attempt === MAX_START_ATTEMPTS) throw error;
        }
      }
    },

    send(command: Command): void {
      if (node.isRunning() && child.connected) child.send(command);
    },

    /** Arms a fault. The promise resolves when a change meets it, and rejects if the process exits first. */
    arm(step: StepFault['step'], action: StepFault['action']): Promise<void> {
      const reached = new Promise<void>((resolve, reject) => {
        armed.push({ step, onReached: resolve });
        child.once('exit', () => reject(new Error(`${name} exited before a change met an armed fault: ${log}`)));
      });
      node.send({ kind: 'arm', fault: { step, action } });
      return reached;
    },

    async exited(): Promise<void> {
      if (node.isRunning()) await once(child, 'exit');
    },

    async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
      child.kill(signal);
      await node.exited();
    },

    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),

    heal(): void {
      for (const proxy of proxies) proxy.heal();
      node.resume();
      node.send({ kind: 'disarm' });
    },

    async stop(): Promise<void> {
      node.heal();
      child.kill('SIGTERM');
      await Promise.race([node.exited(), sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
      await node.kill();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
  await node.start();
  return node;
}

async function freePorts(variables: readonly string[]): Promise<Environment> {
  const ports = await Promise.all(variables.map(async (variable) => [variable, String(await freePort())]));
  return Object.fromEntries(ports);
}

/** Resolves with the addresses of the service when it serves. */
async function ready(child: ChildProcess): Promise<Record<string, string>> {
  const signal = AbortSignal.timeout(START_LIMIT_MS);
  const exited = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('it exited')));
  const [report] = (await Promise.race([once(child, 'message', { signal }), exited])) as [Report];
  if (report.kind !== 'ready') throw new Error(`it reported "${report.kind}" before it was ready`);
  return report.addresses;
}
