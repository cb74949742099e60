import { isWebAddress } from '../routing/addresses.ts';
import { text } from '../text.ts';
import { Fill } from '../ui/fill.tsx';
import { Name } from '../ui/name.tsx';

/** What is left once the decision is made. The browser is on its way to the app; where that does not start, a link leads there. */
export function Leaving({ host, redirectTo }: { readonly host: string; readonly redirectTo: string }) {
  return (
    <div className="card consent-leaving" role="status">
      <p>
        <Fill text={text.consent.leaving} host={<Name>{host}</Name>} />
      </p>
      {isWebAddress(redirectTo) && (
        <p>
          <a href={redirectTo} rel="noreferrer">
            <Fill text={text.consent.leavingLink} host={<Name>{host}</Name>} />
          </a>
        </p>
      )}
    </div>
  );
}
