/** The addresses that the sources of the guide have. */
const ISSUER = 'https://auth.example.com';
const API = 'https://api.example.com/api/v3';

/** Writes the addresses of this installation into the guide, so that its snippets can be copied as they are. */
export function withAddresses(issuer: string, api: string): (path: string, content: Buffer) => Buffer {
  return (path, content) => {
    if (!path.startsWith('/docs/') && path !== '/llms.txt') return content;
    return Buffer.from(content.toString().replaceAll(ISSUER, issuer).replaceAll(API, api));
  };
}
