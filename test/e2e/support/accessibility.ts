import axe from 'axe-core';
import type { Page } from 'playwright-core';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** The rules about colors. Nothing else differs between themes. */
const COLOR_RULES = { runOnly: ['color-contrast', 'link-in-text-block'] };

/** The violations that axe-core finds on the current page. */
export async function accessibilityProblems(page: Page, { colorsOnly = false } = {}): Promise<string[]> {
  // With evaluate() and not addScriptTag(), because the content security policy blocks inline scripts.
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(axe.source);
  const options = JSON.stringify(colorsOnly ? COLOR_RULES : {});
  const { violations } = await page.evaluate<AxeResult>(`axe.run(document, ${options})`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary ?? ''}`),
  );
}
