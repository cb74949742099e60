/** Builds the guide for app developers (docs/guide) into the folder of the built front end. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCOPE_CATALOG } from '../../../services/common/scopes/catalog.ts';
import { apiReference } from './api-reference.ts';
import { layout } from './layout.ts';
import { llmsText } from './llms-text.ts';
import { type RenderedPage, renderMarkdown } from './markdown.ts';
import { PAGE_NAMES } from './navigation.ts';

const SOURCES = join(import.meta.dirname, '../../../docs/guide');
const GENERATED = 'api';

/**
 * Replaces the template guide.html in `folder` by the pages, their Markdown, and llms.txt. Throws for dead links and for pages
 * that the navigation does not list.
 */
export function buildGuide(folder: string): void {
  const template = readFileSync(join(folder, 'guide.html'), 'utf8');
  const sources = new Map(PAGE_NAMES.map((name) => [name, sourceOf(name)]));
  const pages = new Map([...sources].map(([name, markdown]) => [name, renderMarkdown(markdown)]));
  checkAllListed();
  checkLinks(pages);
  mkdirSync(join(folder, 'docs'));
  for (const [name, markdown] of sources) {
    writeFileSync(join(folder, 'docs', `${name}.html`), layout(template, name, pages));
    writeFileSync(join(folder, 'docs', `${name}.md`), markdown);
  }
  writeFileSync(join(folder, 'llms.txt'), llmsText(pages));
  rmSync(join(folder, 'guide.html'));
}

function sourceOf(name: string): string {
  if (name === GENERATED) return apiReference();
  return readFileSync(join(SOURCES, `${name}.md`), 'utf8').replace('<!-- scopes -->', scopeTable);
}

function scopeTable(): string {
  const rows = SCOPE_CATALOG.map(
    ({ name, description, example, sensitive }) =>
      `| \`${name}\` | ${description} | ${example} | ${sensitive ? 'yes' : ''} |`,
  );
  return ['| scope | allows to | for example | sensitive |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function checkAllListed(): void {
  const unlisted = readdirSync(SOURCES).filter((file) => !PAGE_NAMES.includes(file.replace(/\.md$/, '')));
  if (unlisted.length > 0) throw new Error(`not in the navigation of the guide: ${unlisted.join(', ')}`);
}

/** Throws for a link to a page or heading of the guide that does not exist. */
function checkLinks(pages: ReadonlyMap<string, RenderedPage>): void {
  for (const [from, { links }] of pages) {
    for (const link of links.filter((each) => /^#|\.md(#|$)/.test(each))) {
      const [file = '', anchor] = link.split('#');
      const page = pages.get(file === '' ? from : file.replace(/\.md$/, ''));
      const exists = page !== undefined && (anchor === undefined || page.anchors.has(anchor));
      if (!exists) throw new Error(`docs/guide/${from}.md: the page or heading of the link ${link} does not exist`);
    }
  }
}
