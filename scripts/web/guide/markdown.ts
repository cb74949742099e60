import { Marked, type Tokens } from 'marked';
import { escapeHtml } from './escape-html.ts';
import { highlight } from './highlight.ts';
import { pathOf } from './navigation.ts';

/** A page in HTML, with what navigation and checks need of it. */
export interface RenderedPage {
  readonly title: string;
  /** The first paragraph, without markup. */
  readonly description: string;
  readonly html: string;
  /** The headings of the second level, by their ids. */
  readonly sections: ReadonlyMap<string, string>;
  /** The ids of all headings except the title, which has none. */
  readonly anchors: ReadonlySet<string>;
  /** The targets of all links, as in the Markdown. */
  readonly links: readonly string[];
}

const RELATIVE_PAGE = /^(?<name>[a-z-]+)\.md(?<anchor>#.*)?$/;

/** Labels of languages, where they differ from the language's name in the Markdown. */
const LANGUAGE_NAMES: Readonly<Record<string, string>> = { sh: 'Shell', json: 'JSON', http: 'HTTP', text: 'Text' };

export function renderMarkdown(markdown: string): RenderedPage {
  let title = '';
  let description = '';
  const sections = new Map<string, string>();
  const anchors = new Set<string>();
  const links: string[] = [];
  const marked = new Marked({
    renderer: {
      code: ({ text, lang = '' }) => snippet(text, lang),
      heading({ tokens, depth, text }) {
        const inner = this.parser.parseInline(tokens);
        if (depth === 1) {
          title = text;
          return `<h1 class="page-title">${inner}</h1>\n`;
        }
        const id = slugOf(text);
        anchors.add(id);
        if (depth === 2) sections.set(id, text);
        return `<h${depth} id="${id}">${inner}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        links.push(href);
        return `<a href="${escapeHtml(addressOf(href))}">${this.parser.parseInline(tokens)}</a>`;
      },
      paragraph({ tokens, text }) {
        description ||= text.replaceAll(/[`*]|\[([^\]]*)\]\([^)]*\)/g, '$1');
        return `<p>${this.parser.parseInline(tokens)}</p>\n`;
      },
      // A box, not an input, because readers cannot tick it.
      checkbox: () => '<span class="checkbox" aria-hidden="true"></span>',
      table(token) {
        return table(token, (cell) => this.parser.parseInline(cell.tokens));
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { title, description, html, sections, anchors, links };
}

/** The id of a heading, as GitHub makes it from ASCII text; GitHub also numbers repeated headings. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9_ -]/g, '')
    .replaceAll(' ', '-');

/** The target of a link on the server: that of a page is without `.md`, because the path with `.md` serves its Markdown. */
function addressOf(href: string): string {
  const groups = RELATIVE_PAGE.exec(href)?.groups;
  return groups === undefined ? href : pathOf(groups.name as string) + (groups.anchor ?? '');
}

/**
 * A code block, labeled with the name of its file or, without one, its language. It can be scrolled, so it must be reachable
 * with the keyboard.
 */
function snippet(code: string, info: string): string {
  const [language = '', name = ''] = info.split(' ');
  const label = name.includes('.') ? name : (LANGUAGE_NAMES[language] ?? language);
  return (
    `<figure class="snippet"><figcaption>${escapeHtml(label)}</figcaption>` +
    `<pre tabindex="0"><code>${highlight(code, language)}</code></pre></figure>\n`
  );
}

/** On a narrow screen each row is a block, and cells after the first are labeled with their column. */
function table({ header, rows }: Tokens.Table, render: (cell: Tokens.TableCell) => string): string {
  // A column without a name has no header cell: screen readers would announce nothing.
  const head = header.map((cell) => (cell.text === '' ? '<td></td>' : `<th scope="col">${render(cell)}</th>`)).join('');
  const body = rows.map((cells) => {
    const columns = cells.map((cell, index) => {
      const label = index === 0 ? '' : (header[index]?.text ?? '').replaceAll('`', '');
      return `<td${label && ` data-label="${escapeHtml(label)}"`}>${render(cell)}</td>`;
    });
    return `<tr>${columns.join('')}</tr>`;
  });
  const isLabeled = header.some(({ text }) => text !== '');
  return `<table>${isLabeled ? `<thead><tr>${head}</tr></thead>` : ''}<tbody>${body.join('')}</tbody></table>\n`;
}
