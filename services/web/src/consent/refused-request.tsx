import { leaveFor } from '../routing/addresses.ts';
import { detailOf, messageOf } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Fill } from '../ui/fill.tsx';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';

/**
 * A request that cannot go on. Only a redirect URI that the app has registered is offered as the way back, and the
 * person decides: a redirect by itself would lend our address to whoever sends out such links (RFC 9700 section 4.11.2).
 */
export function RefusedRequest({ error }: { readonly error: unknown }) {
  const words = text.consentError;
  const redirectTo = detailOf(error)?.redirectTo;
  return (
    <div className="card consent-refused" role="alert">
      <PageTitle documentTitle={words.documentTitle}>{words.title}</PageTitle>
      <p>{words.notOurs}</p>
      <p className="muted">{words.detail}</p>
      <pre className="code-block">
        {detailOf(error)?.oauthError}: {messageOf(error)}
      </pre>
      {redirectTo ? (
        <>
          <p>{words.backHint}</p>
          <Button onClick={() => leaveFor(redirectTo)}>
            <Fill text={words.back} host={<Name>{new URL(redirectTo).host}</Name>} />
          </Button>
        </>
      ) : (
        <p>{words.unsafe}</p>
      )}
    </div>
  );
}
