import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { text } from './src/text.ts';

/** The few texts that stand in the HTML itself come from where all text is. */
const textInHtml: Plugin = {
  name: 'text-in-html',
  transformIndexHtml: (html) =>
    html
      .replace('%CONSENT_TITLE%', text.pages.consent)
      .replace('%CONSOLE_TITLE%', text.pages.console)
      .replace('%NO_SCRIPT%', text.pages.noScript),
};

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  plugins: [textInHtml],
  build: {
    emptyOutDir: true,
    // The content security policy knows no `data:` and no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // The "use client" of some packages means nothing where there is no server.
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
      // Two pages, so that somebody who is asked for consent loads no console.
      input: ['consent', 'console'].map((page) => join(import.meta.dirname, `${page}.html`)),
    },
  },
});
