import { Fragment, type ReactNode } from 'react';

interface InterpolateProps {
  /** A sentence with placeholders, such as `{app} wants to connect`. */
  readonly text: string;
  readonly [placeholder: string]: ReactNode;
}

/** Replaces the placeholders of a text with nodes, so that a translation can order them. */
export function Interpolate({ text, ...nodes }: InterpolateProps) {
  // Because of the capture group, split() returns the names of the placeholders as every second part.
  const parts = text.split(/\{(\w+)\}/);
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text keep their order
    <Fragment key={index}>{index % 2 === 0 ? part : nodes[part]}</Fragment>
  ));
}
