/** `npm run build:web`: builds the front end if its sources have changed. */
import { ensureWebBuilt } from './build-web.ts';

await ensureWebBuilt((line) => process.stderr.write(`${line}\n`));
