import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../../deploy/observability');
const DASHBOARDS = ['oauth-overview', 'oauth-introspection', 'oauth-auth-server', 'oauth-gateway'];

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const read = (...path: string[]): string => readFileSync(join(FOLDER, ...path), 'utf8');

function rulesIn(file: string): Rule[] {
  const { groups } = parse(read('prometheus', file)) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export const recordingRules = (): Rule[] => rulesIn('recording-rules.yaml');
export const alerts = (): (Rule & { readonly alert: string })[] =>
  rulesIn('alerts.yaml').map((rule) => ({ ...rule, alert: rule.alert as string }));

/** The expressions of all panels. */
export function dashboardExpressions(): string[] {
  return DASHBOARDS.flatMap((name) => {
    const { panels } = JSON.parse(read('grafana', `${name}.json`)) as { panels: { targets?: { expr: string }[] }[] };
    return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  });
}

const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'offset', 'bool']);

/** The metrics that a PromQL expression reads, with the labels by which it selects or groups them. */
export function readBy(expr: string): { readonly names: readonly string[]; readonly labels: readonly string[] } {
  const labels: string[] = [];
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{([^}]*)\}/g, (_whole, matchers: string) => {
      labels.push(...matchers.split(',').map((matcher) => matcher.replace(/[^\w].*$/s, '')));
      return ' ';
    })
    .replaceAll(/\bby \(([^)]*)\)/g, (_whole, list: string) => {
      labels.push(...list.split(',').map((label) => label.trim()));
      return ' ';
    })
    .replaceAll(/\[[^\]]*\]/g, ' ');
  const names = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !KEYWORDS.has(name));
  return { names: [...new Set(names)], labels: [...new Set(labels)] };
}
