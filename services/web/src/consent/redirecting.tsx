import { isHttpUrl } from '../routing/paths.ts';
import { text } from '../text.ts';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';

/** Shown after the decision, while the browser follows the redirect to the app. The link is for browsers that do not. */
export function Redirecting({ host, redirectTo }: { readonly host: string; readonly redirectTo: string }) {
  return (
    <div className="card consent-redirecting" role="status">
      <p>
        <Interpolate text={text.consent.redirecting} host={<Name>{host}</Name>} />
      </p>
      {isHttpUrl(redirectTo) && (
        <p>
          <a href={redirectTo} rel="noreferrer">
            <Interpolate text={text.consent.redirectingLink} host={<Name>{host}</Name>} />
          </a>
        </p>
      )}
    </div>
  );
}
