/** `npm run build:web`: the front end, where it is missing or older than its sources. */
import { ensureWebBuilt } from './build-web.ts';

await ensureWebBuilt((line) => process.stderr.write(`${line}\n`));
