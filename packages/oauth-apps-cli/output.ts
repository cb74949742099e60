/** Prints results on stdout: words for people, or JSON with --json. */
export interface Output {
  show(json: unknown, words: string): void;
}

/** `stream`: each JSON value is printed on one line, because more than one may follow. */
export function outputOf({ json }: { readonly json?: boolean }, stream = false): Output {
  return {
    show: (value, words) => {
      process.stdout.write(`${json ? JSON.stringify(value, null, stream ? 0 : 2) : printable(words)}\n`);
    },
  };
}

/** Replaced, so that text from the server or third parties cannot control the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export const printable = (text: string): string => text.replace(CONTROLS, '\ufffd');

/** Columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
