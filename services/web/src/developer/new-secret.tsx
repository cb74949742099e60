import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt';
import { text } from '../text.ts';
import { CodeValue } from '../ui/code-value.tsx';
import { Fill } from '../ui/fill.tsx';
import { Deadline } from '../ui/moment.tsx';
import { Notice } from '../ui/notice.tsx';

interface NewSecretProps {
  readonly title: string;
  readonly label: string;
  readonly secret: string;
  readonly previousExpiresAt: Timestamp | undefined;
}

/** The one moment at which a secret that was just made can be seen. */
export function NewSecret({ title, label, secret, previousExpiresAt }: NewSecretProps) {
  const words = text.secrets;
  return (
    <Notice tone="good" title={title} live="status">
      <p>{text.appCreated.secretBody}</p>
      <CodeValue label={label} value={secret} />
      <p>
        {previousExpiresAt && stillWorks(previousExpiresAt) ? (
          <Fill text={words.previousUntil} when={<Deadline at={previousExpiresAt} />} />
        ) : (
          words.previousEnded
        )}
      </p>
    </Notice>
  );
}

const stillWorks = (until: Timestamp): boolean => timestampMs(until) > Date.now();
