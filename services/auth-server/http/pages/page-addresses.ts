/** The addresses in the sources of the guide and of the console. */
const ISSUER = 'https://auth.example.com';
const API = 'https://api.example.com/api/v3';

/**
 * Replaces the addresses with those of this deployment: in the guide, so that its snippets work unchanged, and in the
 * console, whose links to apps name the issuer.
 */
export function withAddresses(issuer: string, api: string): (path: string, content: Buffer) => Buffer {
  return (path, content) => {
    if (!path.startsWith('/docs/') && path !== '/llms.txt' && path !== '/console.html') return content;
    const text = content.toString().replaceAll(ISSUER, issuer).replaceAll(API, api);
    // The guide also shows the issuer as the `iss` of a redirect.
    return Buffer.from(text.replaceAll(encodeURIComponent(ISSUER), encodeURIComponent(issuer)));
  };
}
