import { join } from 'node:path';
import { interruption } from '../stack/interruption.ts';
import { findRunningStack, STACK_DIRECTORY } from '../stack/stack-file.ts';
import { type Stack, startStack } from '../stack/start-stack.ts';
import { StepFailed } from './narrator.ts';
import { Scene } from './scene.ts';
import { disconnect } from './story/disconnect.ts';
import { install } from './story/install.ts';
import { refresh } from './story/refresh.ts';
import { register } from './story/register.ts';
import { roles } from './story/roles.ts';
import { use } from './story/use.ts';

const HELP = `npm run demo

Shows an app step by step, with the requests and responses: it is registered, installed, used, refreshed,
limited by a role and disconnected. Uses the stack of \`npm start\` if it runs, else starts one. Exits with 0
only if every step had the expected result.
`;

if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}

const interrupted = interruption();
let own: Stack | undefined;
let failure: string | undefined;
try {
  let stack = await findRunningStack();
  if (stack === undefined) {
    own = await startOwnStack();
    stack = own.info;
  }
  const scene = new Scene(stack, interrupted);
  failure = await runSteps(scene);
  scene.narrator.result(failure);
} catch (error) {
  failure = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${failure}\n`);
} finally {
  await own?.stop();
}
process.exit(failure === undefined ? 0 : 1);

/** With two replicas, so that a revocation has to reach more than one. */
function startOwnStack(): Promise<Stack> {
  process.stderr.write('No stack is running; starting one for the demo:\n');
  return startStack({
    replicas: 2,
    logDirectory: join(STACK_DIRECTORY, 'logs/demo'),
    onProgress: (line) => process.stderr.write(`  ${line}\n`),
    interrupted,
  });
}

/** Returns what went wrong; undefined if every step had the expected result. */
async function runSteps(scene: Scene): Promise<string | undefined> {
  try {
    const app = await register(scene);
    const first = await install(scene, app);
    await use(scene, first);
    const second = await refresh(scene, app, first);
    const asUser = await roles(scene, app, second);
    await disconnect(scene, app, asUser);
    return undefined;
  } catch (error) {
    if (error instanceof StepFailed || interrupted.aborted) return (error as Error).message;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
