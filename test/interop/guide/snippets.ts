import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const GUIDE = join(import.meta.dirname, '../../../docs/guide');
const FENCE = /^```(?<language>\w+)(?: (?<name>\S+))?\n(?<code>[\s\S]*?)^```$/gm;

/** Languages of blocks that cannot be run: they show requests, responses or addresses. */
const NOT_RUNNABLE = ['text', 'json', 'http'];

/** The code blocks of the guide that can be run, and those that a test has run. */
export class Snippets {
  readonly #code = new Map<string, string>();
  readonly #used = new Set<string>();

  constructor() {
    for (const file of readdirSync(GUIDE)) {
      const markdown = readFileSync(join(GUIDE, file), 'utf8');
      for (const { groups } of markdown.matchAll(FENCE)) {
        const { language = '', name = '', code = '' } = groups ?? {};
        if (!NOT_RUNNABLE.includes(language)) this.#code.set(`${file.replace(/\.md$/, '')}/${name}`, code);
      }
    }
  }

  /** Returns the code of `page/name` with these addresses of the issuer and of the API, and marks it as used. */
  take(id: string, issuer: string, api: string): string {
    const code = this.#code.get(id);
    if (code === undefined) throw new Error(`the guide has no snippet ${id}`);
    this.#used.add(id);
    return code.replaceAll('https://auth.example.com', issuer).replaceAll('https://api.example.com/api/v3', api);
  }

  get unused(): string[] {
    return [...this.#code.keys()].filter((id) => !this.#used.has(id)).sort();
  }
}

/** Replaces each placeholder, such as `foapp_…`, with the credential that has the same prefix. */
export function fillIn(code: string, credentials: readonly string[]): string {
  return credentials.reduce((text, credential) => text.replaceAll(`${credential.split('_')[0]}_…`, credential), code);
}
