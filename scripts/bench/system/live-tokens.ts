import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Client } from 'pg';
import type { CredentialFormat } from '#common/credentials/format.ts';
import { hashCredential } from '#common/credentials/hash.ts';
import { TOKEN_BYTES } from '../load/token-list.ts';
import { loadTenancy } from './load-tenancy.ts';
import type { Tenancy } from './tenancy.ts';

/** The live access tokens of a tenancy by install, in memory and in a file for the load generator. */
export class LiveTokens {
  readonly tenancy: Tenancy;
  readonly file: string;
  readonly #bytes: Buffer;

  private constructor(tenancy: Tenancy, file: string, bytes: Buffer) {
    this.tenancy = tenancy;
    this.file = file;
    this.#bytes = bytes;
  }

  /** Loads the tenancy into Postgres and writes the file. No refresh token is known: their hashes are random. */
  static async load(client: Client, tenancy: Tenancy, format: CredentialFormat, file: string): Promise<LiveTokens> {
    const bytes = Buffer.allocUnsafe(tenancy.installs * TOKEN_BYTES);
    const access = (index: number): Buffer => {
      const token = format.mint('access_token').reveal();
      bytes.write(token, index * TOKEN_BYTES, 'latin1');
      return hashCredential(token);
    };
    await loadTenancy(client, tenancy, { access, refresh: () => randomBytes(32) });
    writeFileSync(file, bytes);
    return new LiveTokens(tenancy, file, bytes);
  }

  get size(): number {
    return this.tenancy.installs;
  }

  token(index: number): string {
    return this.#bytes.toString('latin1', index * TOKEN_BYTES, (index + 1) * TOKEN_BYTES);
  }

  /** Writes the tokens `from` (inclusive) to `to` (exclusive). */
  writePart(from: number, to: number, file: string): void {
    writeFileSync(file, this.#bytes.subarray(from * TOKEN_BYTES, to * TOKEN_BYTES));
  }
}
