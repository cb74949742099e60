import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';

interface StartLinkProps {
  readonly href: string;
  readonly appName: string;
}

/** Leads to the app, which starts an authorization request. Shows the host, as the links of a profile do. */
export function StartLink({ href, appName }: StartLinkProps) {
  return (
    <>
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        <Interpolate text={text.profile.start} app={<Name>{appName}</Name>} />
      </a>{' '}
      <span className="muted">{new URL(href).host}</span>
    </>
  );
}
