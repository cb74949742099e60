import type { RenderedPage } from './markdown.ts';
import { NAVIGATION } from './navigation.ts';

/** llms.txt (https://llmstxt.org), for language models: a link to the Markdown of every page, with its description. */
export function llmsText(pages: ReadonlyMap<string, RenderedPage>): string {
  // auth-server replaces the addresses when it serves the file.
  const issuer = 'https://auth.example.com';
  const groups = NAVIGATION.map(({ title, pages: names }) => {
    const entries = names.map((name) => {
      const page = pages.get(name);
      return `- [${page?.title}](${issuer}/docs/${name}.md): ${page?.description}`;
    });
    return `## ${title}\n\n${entries.join('\n')}\n`;
  });
  return `# OAuth Apps

> Third-party apps that organizations install through OAuth 2.0 (authorization code with PKCE), and that call the API on their behalf. The issuer is ${issuer}, the API is https://api.example.com/api/v3, and the HTTP API is described at ${issuer}/openapi.json.

${groups.join('\n')}`;
}
