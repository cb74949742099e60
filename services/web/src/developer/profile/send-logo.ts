import { text } from '../../text.ts';
import { developerText } from '../../text-developer.ts';

export interface OwnedApp {
  /** The subdomain of the owner. */
  readonly organization: string;
  readonly clientId: string;
}

export const MAX_LOGO_MIB = 1;
const MAX_BYTES = MAX_LOGO_MIB * 1024 * 1024;

/** Uploads the logo of an app, or removes it if there is no file. Rejects with an error whose message is for the user. */
export async function sendLogo({ organization, clientId }: OwnedApp, file?: File): Promise<void> {
  // The server rejects a file over the limit before it has read all of it, and browsers report that as a failed connection.
  if (file && file.size > MAX_BYTES) throw new Error(developerText.logo.tooLarge(MAX_LOGO_MIB));
  const response = await fetch(`/oauth/apps/${encodeURIComponent(clientId)}/logo`, {
    method: file ? 'PUT' : 'DELETE',
    headers: { 'X-Organization': organization, ...(file && { 'Content-Type': file.type }) },
    ...(file && { body: file }),
  }).catch(() => undefined);
  if (!response?.ok) throw new Error(await messageOf(response));
}

async function messageOf(response: Response | undefined): Promise<string> {
  if (response?.status === 415) return developerText.logo.wrongType;
  const body = await response?.json().catch(() => undefined);
  return body?.errors?.logo?.join('; ') ?? body?.message ?? text.errors.unreachable;
}
