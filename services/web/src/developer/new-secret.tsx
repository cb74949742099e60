import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { developerText } from '../text-developer.ts';
import { CodeValue } from '../ui/code-value.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Notice } from '../ui/notice.tsx';
import { DateTime } from '../ui/time.tsx';

interface NewSecretProps {
  readonly title: string;
  readonly label: string;
  readonly secret: string;
  readonly previousExpiresAt: Timestamp | undefined;
}

/** The only view that shows the new secret after a rotation. */
export function NewSecret({ title, label, secret, previousExpiresAt }: NewSecretProps) {
  const words = developerText.secrets;
  return (
    <Notice tone="good" title={title} live="status">
      <p>{developerText.appCreated.secretBody}</p>
      <CodeValue label={label} value={secret} />
      <p>
        {previousExpiresAt && isInFuture(previousExpiresAt) ? (
          <Interpolate text={words.previousUntil} when={<DateTime at={previousExpiresAt} />} />
        ) : (
          words.previousEnded
        )}
      </p>
    </Notice>
  );
}

const isInFuture = (until: Timestamp): boolean => timestampMs(until) > Date.now();
