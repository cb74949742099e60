import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { CliError, ExitCode, exitCodeOfStatus, usageError } from './exit-codes.ts';
import type { Session } from './session.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
};
const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** An image to upload as a logo. */
export interface LogoFile {
  readonly type: string;
  readonly image: Buffer<ArrayBuffer>;
}

/** Reads an image. Its content is checked by the server. */
export async function readLogo(path: string): Promise<LogoFile> {
  const type = TYPES[extname(path).toLowerCase()];
  if (type === undefined) throw usageError(`${path} must be one of ${Object.keys(TYPES).join(', ')}`);
  const image = await readFile(path).catch((error: Error) => Promise.reject(usageError(error.message)));
  // Checked here, too, because the server closes the connection if a body is too large.
  if (image.length > MAX_BYTES) throw usageError(`${path} is larger than 1 MiB`);
  return { type, image };
}

/** Sets the logo of an app; null removes it. */
export type SendLogo = (clientId: string, logo: LogoFile | null) => Promise<void>;

/** Logos are uploaded over HTTP, not by RPC. */
export const logoSender =
  ({ server, token, organization = '' }: Session): SendLogo =>
  async (clientId, logo) => {
    const response = await fetch(`${server}/oauth/apps/${encodeURIComponent(clientId)}/logo`, {
      method: logo === null ? 'DELETE' : 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        'x-organization': organization,
        ...(logo && { 'content-type': logo.type }),
      },
      ...(logo && { body: logo.image }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    if (response === undefined) {
      throw new CliError(`${server} cannot be reached. Check --server and try again.`, ExitCode.Unavailable);
    }
    if (response.ok) return;
    throw new CliError(`The logo: ${await messageOf(response)}`, exitCodeOfStatus(response.status));
  };

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as ErrorBody | undefined;
  return body?.errors?.logo?.join('; ') ?? body?.message ?? `the server returned ${response.status}`;
}

interface ErrorBody {
  readonly message?: string;
  readonly errors?: { readonly logo?: readonly string[] };
}
