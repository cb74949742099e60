import { createRequire } from 'node:module';
import { escapeHtml } from './escape-html.ts';

/** The part of highlight.js that is used here. Its own types would declare the DOM for all of our code. */
interface Highlighter {
  registerLanguage(name: string, language: unknown): void;
  highlight(code: string, options: { readonly language: string }): { readonly value: string };
}

const require = createRequire(import.meta.url);
const highlighter: Highlighter = require('highlight.js/lib/core');

const LANGUAGES: Readonly<Record<string, unknown>> = {
  go: require('highlight.js/lib/languages/go'),
  http: require('highlight.js/lib/languages/http'),
  js: require('highlight.js/lib/languages/javascript'),
  json: require('highlight.js/lib/languages/json'),
  php: require('highlight.js/lib/languages/php'),
  python: require('highlight.js/lib/languages/python'),
  ruby: require('highlight.js/lib/languages/ruby'),
  sh: require('highlight.js/lib/languages/bash'),
  yaml: require('highlight.js/lib/languages/yaml'),
};
for (const [name, language] of Object.entries(LANGUAGES)) highlighter.registerLanguage(name, language);

/** Code in HTML, with a class for each kind of syntax element. Plain for `text`; throws for languages not in LANGUAGES. */
export function highlight(code: string, language: string): string {
  if (language === 'text') return escapeHtml(code);
  if (!Object.hasOwn(LANGUAGES, language)) throw new Error(`no highlighting for the language ${language}`);
  return highlighter.highlight(code, { language }).value;
}
