import type { ConsentOrganization } from '#gen/featureos/oauth/v1/consent_pb.ts';
import { requestText } from '../text-requests.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { Notice } from '../ui/notice.tsx';

/** For an admin: the members who requested the app. */
export function OpenRequests({ entry }: { readonly entry: ConsentOrganization | undefined }) {
  const words = requestText;
  if (entry === undefined || entry.openRequests.length === 0) return null;
  const organization = <Name>{entry.organization?.name ?? ''}</Name>;
  return (
    <Notice tone="info" title={<Interpolate text={words.adminNotice} organization={organization} />}>
      <p>{words.adminNoticeBody}</p>
      <ul className="bullets">
        {entry.openRequests.map(({ id, note, requestedByName }) => {
          const person = <Name>{requestedByName}</Name>;
          return (
            <li key={id}>
              {note ? <Interpolate text={words.wrote} person={person} note={<bdi>{note}</bdi>} /> : person}
            </li>
          );
        })}
      </ul>
    </Notice>
  );
}
