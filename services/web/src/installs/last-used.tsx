import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { RelativeTime } from '../ui/time.tsx';

export function LastUsed({ at }: { readonly at: Timestamp | undefined }) {
  if (at === undefined) return text.installs.neverUsed;
  return <Interpolate text={text.installs.lastUsed} when={<RelativeTime at={at} />} />;
}
