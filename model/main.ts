/**
 * `npm run model [-- small]`: explores every order of steps of the revocation protocol (docs/caching.md) with few processes and
 * changes, and prints the shortest order in which each broken variant violates a guarantee. `small`, which the tests run, has fewer
 * variants, changes and calls of Introspect.
 */
import { type Exploration, explore } from './explore.ts';
import { exploreNodes, NODES_BROKEN, nodesProtocol } from './nodes/variants.ts';
import { BROKEN, protocol, REDUNDANT } from './variants.ts';

const [size = 'large', ...rest] = process.argv.slice(2);
if ((size !== 'large' && size !== 'small') || rest.length > 0) {
  process.stderr.write('usage: npm run model [-- small]\n');
  process.exit(2);
}

let unexpected = 0;
for (const variant of [...protocol(size), ...REDUNDANT, ...BROKEN]) report(variant, () => explore(variant));
for (const variant of [...nodesProtocol(size), ...NODES_BROKEN]) report(variant, () => exploreNodes(variant));
process.stdout.write(unexpected === 0 ? 'as expected\n' : `${unexpected} not as expected\n`);
process.exit(unexpected === 0 ? 0 : 1);

function report({ name, holds }: { readonly name: string; readonly holds: boolean }, run: () => Exploration): void {
  const begun = performance.now();
  const { states, complete, violation } = run();
  const took = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  const found = violation ? `breaks ${violation.guarantee}: ${violation.steps.join(' → ')}` : 'holds';
  process.stdout.write(`${name}: ${states} states${complete ? '' : ' (not all)'}, ${took}, ${found}\n`);
  if ((violation === undefined) !== holds || !complete) unexpected++;
}
