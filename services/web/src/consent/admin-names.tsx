import { text } from '../text.ts';
import { Name } from '../ui/name.tsx';

/** The admins to ask: “Ann, Ben, or Cleo”. */
export function AdminNames({ names }: { readonly names: readonly string[] }) {
  return <Name>{new Intl.ListFormat(text.language, { type: 'disjunction' }).format(names)}</Name>;
}
