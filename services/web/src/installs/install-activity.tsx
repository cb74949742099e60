import { useInfiniteQuery } from '@connectrpc/connect-query';
import { ActivityPerformer, type InstallActivity, InstallService } from '#gen/featureos/oauth/v1/install_service_pb.ts';
import { describeScope } from '../scopes/describe.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { Name } from '../ui/name.tsx';
import { firstPage, nextPage } from '../ui/pagination.ts';
import { QueryView } from '../ui/query-view.tsx';
import { ListSkeleton } from '../ui/skeleton.tsx';
import { PreciseDateTime } from '../ui/time.tsx';

/** The audit events of an install: what happened, and who did it. */
export function InstallActivityLog({ installId }: { readonly installId: string }) {
  const words = text.installs;
  const query = useInfiniteQuery(
    InstallService.method.listInstallActivity,
    { installId, ...firstPage },
    { pageParamKey: 'page', getNextPageParam: nextPage(({ activity }) => activity) },
  );
  return (
    <section>
      <h2 className="section-title">{words.activity}</h2>
      <QueryView query={query} skeleton={<ListSkeleton />}>
        {({ pages }) => <ActivityRows activity={pages.flatMap((page) => page.activity)} />}
      </QueryView>
      <MoreButton query={query} />
    </section>
  );
}

function ActivityRows({ activity }: { readonly activity: readonly InstallActivity[] }) {
  if (activity.length === 0) return <p className="muted">{text.installs.noActivity}</p>;
  return (
    <ul className="list">
      {activity.map((entry, index) => (
        // Entries have no id, and a new one only moves the others.
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no state
        <ActivityRow key={index} entry={entry} />
      ))}
    </ul>
  );
}

function ActivityRow({ entry }: { readonly entry: InstallActivity }) {
  const words = text.installs;
  const { action, count, occurredAt, details } = entry;
  const scopes = action === 'consent.approved' ? (details['scope'] ?? '').split(' ').filter(Boolean) : [];
  return (
    <li className="list-row">
      <div className="list-text">
        <p>{action === 'install.refreshed' ? words.refreshes(count) : (words.actions[action] ?? action)}</p>
        {scopes.length > 0 && (
          <p className="muted">{scopes.map((name) => describeScope(name).description).join(' · ')}</p>
        )}
        <p className="muted">
          <Interpolate text={words.performedBy} who={<Performer entry={entry} />} />
        </p>
      </div>
      <p className="list-fact muted">{occurredAt && <PreciseDateTime at={occurredAt} />}</p>
    </li>
  );
}

function Performer({ entry: { performer, userName } }: { readonly entry: InstallActivity }) {
  const words = text.installs;
  switch (performer) {
    case ActivityPerformer.USER:
      return userName ? <Name>{userName}</Name> : words.deletedUser;
    case ActivityPerformer.APP:
      return words.performers.app;
    case ActivityPerformer.APP_OWNER:
      return words.performers.app_owner;
    default:
      return words.performers.platform;
  }
}
