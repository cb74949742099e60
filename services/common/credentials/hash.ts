import { hash } from 'node:crypto';

/** SHA-256, 32 bytes. Stored and sent instead of a credential; 190 random bits need no salt. */
export type CredentialHash = Buffer;

export function hashCredential(text: string): CredentialHash {
  // Hashes to a string first: a digest as a buffer needs a native allocation and takes three times as long.
  return Buffer.from(hash('sha256', text, 'latin1'), 'latin1');
}
