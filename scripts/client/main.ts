/** `npm run build:client`: the packages as others install them. */
import { buildPackage, PACKAGE_NAMES } from './build-package.ts';

await Promise.all(PACKAGE_NAMES.map((name) => buildPackage(name)));
