/** `npm run build:client`: the introspection client as others install it. */
import { buildClient } from './build-client.ts';

await buildClient();
