/** The text of a header value in a buffer. It is not decoded until it is needed as a string. */
export class HeaderText {
  readonly view: DataView;
  readonly start: number;
  readonly end: number;

  constructor(view: DataView, start: number, end: number) {
    this.view = view;
    this.start = start;
    this.end = end;
  }

  static of(text: string): HeaderText {
    const bytes = new TextEncoder().encode(text);
    return new HeaderText(new DataView(bytes.buffer), 0, bytes.length);
  }

  /** A latin1 string, so UTF-8 passes through byte by byte. */
  toString(): string {
    return Buffer.from(this.view.buffer, this.view.byteOffset + this.start, this.end - this.start).toString('latin1');
  }
}
