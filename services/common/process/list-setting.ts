import type { Check } from './config-checks.ts';
import type { ConfigReader } from './config-readers.ts';
import type { FileReloader } from './file-reloader.ts';

/** A list from a variable, or from a file whose changes take effect without a restart. */
export interface ListSetting {
  /** The items of the variable; empty if the list is in a file. */
  readonly items: readonly string[];
  readonly file?: { readonly setting: string; readonly path: string } | undefined;
}

/** `name`, or `<name>_FILE` with the path of a file; one of them is required, unless the list is `optional`. */
export function readListSetting(
  read: ConfigReader,
  name: string,
  { check, optional = false }: { check: Check; optional?: boolean },
): ListSetting {
  const setting = `${name}_FILE`;
  const path = read.optionalText(setting);
  if (path === undefined)
    return { items: optional ? read.optionalList(name, check) : read.list(name, undefined, check) };
  if (read.optionalText(name) !== undefined) read.problem(name, `and ${setting} must not both be set`);
  return { items: [], file: { setting, path } };
}

interface ListHolder {
  /** Throws, and changes nothing, if the list is malformed. */
  replace(items: readonly string[]): void;
}

/** Creates the holder of a list. Replaces its list whenever the file of the setting changes. */
export function loadList<T extends ListHolder>(
  { items, file }: ListSetting,
  files: FileReloader,
  create: (items: readonly string[]) => T,
): T {
  if (file === undefined) return create(items);
  let holder: T | undefined;
  files.load([file], ([content]) => {
    try {
      const current = itemsOf(String(content));
      if (holder === undefined) holder = create(current);
      else holder.replace(current);
    } catch (error) {
      throw new Error(`${file.setting}: ${(error as Error).message}`);
    }
  });
  return holder as unknown as T;
}

/** One item per line, or several with commas; `#` begins a comment. Throws if there are none: the file may be truncated. */
function itemsOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, ''));
  const items = lines.flatMap((line) => line.split(',').map((item) => item.trim()));
  const all = items.filter((item) => item !== '');
  if (all.length === 0) throw new Error('must have at least one item');
  return all;
}
