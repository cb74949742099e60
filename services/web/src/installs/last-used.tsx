import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { text } from '../text.ts';
import { Fill } from '../ui/fill.tsx';
import { Moment } from '../ui/moment.tsx';

export function LastUsed({ at }: { readonly at: Timestamp | undefined }) {
  if (at === undefined) return text.installs.neverUsed;
  return <Fill text={text.installs.lastUsed} when={<Moment at={at} />} />;
}
