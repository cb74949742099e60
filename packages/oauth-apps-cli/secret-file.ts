import { open } from 'node:fs/promises';
import { usageError } from './exit-codes.ts';

export interface SecretFileOptions {
  readonly secretFile?: string;
}

export const SECRET_FILE_OPTION = [
  '--secret-file <path>',
  'write the client secret to a new file instead of stdout',
] as const;

/** The output of a command about a new secret: the secret itself, or the file that has it. */
interface ShownSecret {
  readonly json: Readonly<Record<string, string>>;
  readonly words: string;
}

/** Creates the file, readable by this user only, before the secret is created, so that a failure loses no secret. */
export async function openSecretFile({
  secretFile,
}: SecretFileOptions): Promise<(secret: string) => Promise<ShownSecret>> {
  if (secretFile === undefined) {
    return async (secret) => ({ json: { client_secret: secret }, words: `Client secret (shown only now): ${secret}` });
  }
  const file = await open(secretFile, 'wx', 0o600).catch((error: Error) => {
    throw usageError(`--secret-file: ${error.message}`);
  });
  return async (secret) => {
    await file.writeFile(`${secret}\n`);
    await file.close();
    return { json: { secret_file: secretFile }, words: `The client secret is in ${secretFile}.` };
  };
}
