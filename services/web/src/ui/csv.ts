/** Spreadsheets run a cell that begins with one of these as a formula, also after spaces. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
/**
 * The same after a separator inside a cell: in locales with a decimal comma, spreadsheets split at semicolons, some at tabs, and
 * then at line breaks too, because a quote that is not at the beginning of a cell does not count.
 */
const FORMULA_AFTER_SEPARATOR = /([;\t\r\n]["\s]*)(?=[=+\-@＝＋－＠])/g;
const NEEDS_QUOTES = /[",\r\n]/;

/** RFC 4180, with CRLF line ends. An apostrophe is put before what a spreadsheet would run as a formula. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(toCell).join(',')}\r\n`).join('');
}

function toCell(value: string): string {
  const text = (FORMULA.test(value) ? `'${value}` : value).replaceAll(FORMULA_AFTER_SEPARATOR, "$1'");
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
