import { escapeHtml } from './escape-html.ts';
import type { RenderedPage } from './markdown.ts';
import { NAVIGATION, PAGE_NAMES, pathOf } from './navigation.ts';

type Pages = ReadonlyMap<string, RenderedPage>;

/** A whole page: the template that Vite has built, filled in. */
export function layout(template: string, name: string, pages: Pages): string {
  const page = pageOf(pages, name);
  const parts: Record<string, string> = {
    '%GUIDE_TITLE%': escapeHtml(page.title),
    '%GUIDE_DESCRIPTION%': escapeHtml(page.description),
    '%GUIDE_NAVIGATION%': navigation(name, pages),
    '%GUIDE_CONTENT%': page.html,
    '%GUIDE_NEIGHBORS%': neighbors(name, pages),
  };
  return Object.entries(parts).reduce(
    (html, [placeholder, content]) => html.replace(placeholder, () => content),
    template,
  );
}

function pageOf(pages: Pages, name: string): RenderedPage {
  const page = pages.get(name);
  if (page === undefined) throw new Error(`there is no page ${name} in the guide`);
  return page;
}

function navigation(current: string, pages: Pages): string {
  return NAVIGATION.map(
    ({ title, pages: names }) =>
      `<p class="guide-group">${title}</p><ul>${names.map((name) => entry(name, current, pages)).join('')}</ul>`,
  ).join('\n');
}

/** The current page lists its sections. */
function entry(name: string, current: string, pages: Pages): string {
  const { title, sections } = pageOf(pages, name);
  const link = `<a href="${pathOf(name)}"${name === current ? ' aria-current="page"' : ''}>${escapeHtml(title)}</a>`;
  if (name !== current || sections.size === 0) return `<li>${link}</li>`;
  const below = [...sections].map(
    ([id, text]) => `<li><a href="#${id}">${escapeHtml(text.replaceAll('`', ''))}</a></li>`,
  );
  return `<li>${link}<ul>${below.join('')}</ul></li>`;
}

function neighbors(name: string, pages: Pages): string {
  const at = PAGE_NAMES.indexOf(name);
  const link = (neighbor: string | undefined, label: string) =>
    neighbor === undefined
      ? ''
      : `<a href="${pathOf(neighbor)}"><span class="muted">${label}</span> ${escapeHtml(pageOf(pages, neighbor).title)}</a>`;
  return link(PAGE_NAMES[at - 1], 'Previous') + link(PAGE_NAMES[at + 1], 'Next');
}
