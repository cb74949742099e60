/**
 * `npm run model -- [replicas] [introspects] [changes]`: explores every order of steps of the revocation protocol
 * (docs/caching.md) in a small world, and shows for each tempting simplification the shortest order that breaks it.
 */
import { explore } from './explore.ts';
import { VARIANTS } from './variants.ts';

const [replicas = 2, introspects = 1, changes = 2] = process.argv.slice(2).map(Number);
if (![replicas, introspects, changes].every((size) => Number.isInteger(size) && size >= 1 && size <= 4)) {
  process.stderr.write('usage: npm run model -- [replicas 1-4] [introspects 1-4] [changes 1-4]\n');
  process.exit(2);
}

let surprises = 0;
for (const variant of VARIANTS) {
  const { states, complete, violation } = explore(variant, { replicas, introspects, changes });
  const found = violation ? `breaks ${violation.guarantee}: ${violation.steps.join(' → ')}` : 'holds';
  process.stdout.write(`${variant.name}: ${states} states${complete ? '' : ' (not all)'}, ${found}\n`);
  if ((violation === undefined) !== variant.holds) surprises++;
}
process.stdout.write(surprises === 0 ? 'as expected\n' : `${surprises} not as expected\n`);
process.exit(surprises === 0 ? 0 : 1);
