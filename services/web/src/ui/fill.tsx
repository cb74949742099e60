import { Fragment, type ReactNode } from 'react';

interface FillProps {
  /** A sentence with gaps, such as `{app} wants to connect`. */
  readonly text: string;
  readonly [gap: string]: ReactNode;
}

/** A sentence of text.ts with nodes in its gaps, so that a translation may order them as it must. */
export function Fill({ text, ...nodes }: FillProps) {
  // With a group in it, split() keeps what it splits at: every second part is the name of a gap.
  const parts = text.split(/\{(\w+)\}/);
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence keep their places
    <Fragment key={index}>{index % 2 === 0 ? part : nodes[part]}</Fragment>
  ));
}
