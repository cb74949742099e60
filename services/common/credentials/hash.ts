import { hash } from 'node:crypto';

/** 32 bytes of SHA-256. What is stored and sent in place of a credential: with 190 random bits no salt is needed. */
export type CredentialHash = Buffer;

/** SHA-256 of a credential's text. */
export function hashCredential(text: string): CredentialHash {
  return hash('sha256', text, 'buffer');
}
