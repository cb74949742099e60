import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { WebhookAttempt } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { developerText } from '../../text-developer.ts';
import { Tag } from '../../ui/tag.tsx';
import { PreciseDateTime } from '../../ui/time.tsx';

/** The attempts of a delivery, newest first. */
export function AttemptList({ attempts }: { readonly attempts: readonly WebhookAttempt[] }) {
  if (attempts.length === 0) return developerText.deliveries.noAttempts;
  return (
    <ol className="plain-list attempts">
      {attempts.toReversed().map((attempt) => (
        <Attempt key={attempt.startedAt ? timestampMs(attempt.startedAt) : 0} attempt={attempt} />
      ))}
    </ol>
  );
}

interface AttemptProps {
  readonly attempt: WebhookAttempt;
}

function Attempt({ attempt: { startedAt, durationMs, httpStatus, error, responseExcerpt } }: AttemptProps) {
  const words = developerText.deliveries;
  return (
    <li className="attempt">
      <p className="attempt-facts">
        {httpStatus === 0 ? (
          <Tag tone="danger">{error}</Tag>
        ) : (
          <Tag tone={isSuccess(httpStatus) ? 'good' : 'danger'}>{httpStatus}</Tag>
        )}
        {startedAt && <PreciseDateTime at={startedAt} />}
        <span className="muted">{words.duration(durationMs)}</span>
        {httpStatus !== 0 && responseExcerpt === '' && <span className="muted">{words.emptyResponse}</span>}
      </p>
      {responseExcerpt !== '' && <ResponseExcerpt>{responseExcerpt}</ResponseExcerpt>}
    </li>
  );
}

/** The receiver's response as plain text. Its text direction must not affect what is around it. */
function ResponseExcerpt({ children }: { readonly children: string }) {
  return (
    <div>
      <span className="visually-hidden">{developerText.deliveries.excerpt}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable with the keyboard */}
      <pre className="code-block attempt-response" dir="auto" tabIndex={0}>
        {children}
      </pre>
    </div>
  );
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
