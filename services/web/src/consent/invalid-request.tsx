import { isHttpUrl, leaveTo } from '../routing/paths.ts';
import { detailOf, messageOf } from '../rpc/errors.ts';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { PageTitle } from '../ui/page-title.tsx';

const MAX_SHOWN_LENGTH = 200;

interface InvalidRequestProps {
  readonly error: unknown;
  /** The parameter of the request, not validated. */
  readonly redirectUri: string;
}

/**
 * Explains why an authorization request is invalid. Goes back only to a registered redirect URI, and only on a click: an
 * automatic redirect would make this server an open redirector (RFC 9700 section 4.11.2).
 */
export function InvalidRequest({ error, redirectUri }: InvalidRequestProps) {
  const words = text.consentError;
  const redirectTo = detailOf(error)?.redirectTo;
  const showsRedirectUri = !redirectTo && URL.canParse(redirectUri) && isHttpUrl(redirectUri);
  return (
    <div className="card consent-invalid" role="alert">
      <PageTitle documentTitle={words.documentTitle}>{words.title}</PageTitle>
      <p>{words.body}</p>
      <p className="muted">{words.detail}</p>
      <pre className="code-block">
        {detailOf(error)?.oauthError}: {messageOf(error)}
        {showsRedirectUri && `\nredirect_uri=${redirectUri.slice(0, MAX_SHOWN_LENGTH)}`}
      </pre>
      <p>
        <a href="/docs/errors#authorization-errors">{words.guide}</a>
      </p>
      {redirectTo ? (
        <>
          <p>{words.backHint}</p>
          <Button onClick={() => leaveTo(redirectTo)}>
            <Interpolate text={words.back} host={<Name>{new URL(redirectTo).host}</Name>} />
          </Button>
        </>
      ) : (
        <p>{words.unsafe}</p>
      )}
    </div>
  );
}
