import { open, rm } from 'node:fs/promises';
import { usageError } from './exit-codes.ts';

export interface SecretFileOptions {
  readonly secretFile?: string;
}

export const SECRET_FILE_OPTION = [
  '--secret-file <path>',
  'write the client secret to a new file instead of stdout',
] as const;

/** The output of a command about a new secret: the secret itself, or the file that has it. */
interface SecretOutput {
  readonly json: Readonly<Record<string, string>>;
  readonly words: string;
}

/**
 * Creates a secret, and returns it as output or writes it to the file. Creates the file first, readable by this user only, so
 * that no secret is lost if that fails. Removes the file if `create` fails, so that the command can be repeated.
 */
export async function createSecret<Created extends { readonly clientSecret: string }>(
  { secretFile }: SecretFileOptions,
  create: () => Promise<Created>,
): Promise<{ readonly created: Created; readonly secret: SecretOutput }> {
  if (secretFile === undefined) {
    const created = await create();
    const { clientSecret } = created;
    const words = `Client secret (shown only now): ${clientSecret}`;
    return { created, secret: { json: { client_secret: clientSecret }, words } };
  }
  const file = await open(secretFile, 'wx', 0o600).catch((error: Error) => {
    throw usageError(`--secret-file: ${error.message}`);
  });
  const created = await create().catch(async (error: unknown) => {
    await file.close();
    await rm(secretFile);
    throw error;
  });
  await file.writeFile(`${created.clientSecret}\n`);
  await file.close();
  return { created, secret: { json: { secret_file: secretFile }, words: `The client secret is in ${secretFile}.` } };
}
