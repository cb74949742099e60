import axe from 'axe-core';
import type { Page } from 'playwright-core';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** The rules that see colours: all that another theme can break, since the elements are the same. */
const COLOUR_RULES = { runOnly: ['color-contrast', 'link-in-text-block'] };

/** What axe-core has to say against the page as it is now, each a sentence. */
export async function accessibilityProblems(page: Page, { coloursOnly = false } = {}): Promise<string[]> {
  // Evaluated from outside: the pages' own policy lets in no script of ours.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source);
  const options = JSON.stringify(coloursOnly ? COLOUR_RULES : {});
  const { violations } = await page.evaluate<AxeResult>(`axe.run(document, ${options})`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary ?? ''}`),
  );
}
