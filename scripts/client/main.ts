/** `npm run build:client` builds the packages as they are published. */
import { buildPackage, PACKAGE_NAMES } from './build-package.ts';

await Promise.all(PACKAGE_NAMES.map((name) => buildPackage(name)));
