import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { WebhookAttempt } from '#gen/featureos/oauth/v1/webhook_pb.ts';
import { text } from '../../text.ts';
import { Exact } from '../../ui/moment.tsx';
import { Tag } from '../../ui/tag.tsx';

/** Each attempt of a delivery, the newest first. */
export function AttemptList({ attempts }: { readonly attempts: readonly WebhookAttempt[] }) {
  if (attempts.length === 0) return text.deliveries.noAttempts;
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
  const words = text.deliveries;
  return (
    <li className="attempt">
      <p className="attempt-facts">
        {httpStatus === 0 ? (
          <Tag tone="danger">{error}</Tag>
        ) : (
          <Tag tone={isSuccess(httpStatus) ? 'good' : 'danger'}>{httpStatus}</Tag>
        )}
        {startedAt && <Exact at={startedAt} />}
        <span className="muted">{words.duration(durationMs)}</span>
        {httpStatus !== 0 && responseExcerpt === '' && <span className="muted">{words.emptyAnswer}</span>}
      </p>
      {responseExcerpt !== '' && <Answer>{responseExcerpt}</Answer>}
    </li>
  );
}

/** Whatever the receiver said: text and nothing else, whose direction stays inside. */
function Answer({ children }: { readonly children: string }) {
  return (
    <div>
      <span className="visually-hidden">{text.deliveries.answer}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached with the keyboard */}
      <pre className="code-block attempt-answer" dir="auto" tabIndex={0}>
        {children}
      </pre>
    </div>
  );
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
