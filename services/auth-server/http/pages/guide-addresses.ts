/** The addresses in the sources of the guide. */
const ISSUER = 'https://auth.example.com';
const API = 'https://api.example.com/api/v3';

/** Replaces the addresses in the guide with those of this installation, so that its snippets work unchanged. */
export function withAddresses(issuer: string, api: string): (path: string, content: Buffer) => Buffer {
  return (path, content) => {
    if (!path.startsWith('/docs/') && path !== '/llms.txt') return content;
    const text = content.toString().replaceAll(ISSUER, issuer).replaceAll(API, api);
    // The guide also shows the issuer as the `iss` of a redirect.
    return Buffer.from(text.replaceAll(encodeURIComponent(ISSUER), encodeURIComponent(issuer)));
  };
}
