import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { BASE62, randomBase62 } from '#common/credentials/base62.ts';
import type { CredentialFormat } from '#common/credentials/format.ts';
import { CHECK_LENGTH, CREDENTIAL_PREFIXES, RANDOM_LENGTH } from '#common/credentials/kinds.ts';
import { TOKEN_BYTES } from '../load/token-list.ts';

/** Malformed tokens. The first two are rejected by their prefix, the others only by the keyed check. */
const KINDS: readonly ((format: CredentialFormat) => string)[] = [
  () => randomBase62(TOKEN_BYTES),
  (format) => format.mint('refresh_token').reveal(),
  () => CREDENTIAL_PREFIXES.access_token + randomBase62(RANDOM_LENGTH + CHECK_LENGTH),
  (format) => withWrongEnd(format.mint('access_token').reveal()),
];

/** Packs malformed tokens of all kinds into a file. */
export function writeMalformedTokens(format: CredentialFormat, count: number, file: string): void {
  const tokens = Array.from({ length: count }, (_, index) => KINDS[index % KINDS.length]?.(format));
  writeFileSync(file, tokens.join(''));
}

/** Replaces the last character. */
function withWrongEnd(token: string): string {
  const last = BASE62.indexOf(token.slice(-1));
  return token.slice(0, -1) + BASE62[(last + randomInt(1, BASE62.length)) % BASE62.length];
}
