import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { text } from './src/text.ts';

/** Inserts texts of text.ts into the HTML files. */
const textInHtml: Plugin = {
  name: 'text-in-html',
  transformIndexHtml: (html) =>
    html
      .replace('%CONSENT_TITLE%', text.pages.consent)
      .replace('%CONSOLE_TITLE%', text.pages.console)
      .replaceAll('%BRAND%', text.brand)
      .replace('%NO_SCRIPT%', text.pages.noScript),
};

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  plugins: [textInHtml],
  build: {
    emptyOutDir: true,
    // The content security policy allows neither `data:` nor inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Some packages have "use client" directives, which only matter for server rendering.
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
      // Separate bundles, so that the consent page does not load the console. scripts/web/guide builds its pages from guide.html.
      input: ['consent', 'console', 'guide'].map((page) => join(import.meta.dirname, `${page}.html`)),
    },
  },
});
