import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { CodeValue } from '../ui/code-value.tsx';
import { authorizeLink, exchangeCommand, type LinkFields, type RequestSecrets } from './authorize-link.ts';

interface TryItResultProps {
  readonly fields: LinkFields;
  readonly secrets: RequestSecrets;
  readonly onRenew: () => void;
}

export function TryItResult({ fields, secrets, onRenew }: TryItResultProps) {
  const words = developerText.tryIt;
  const link = authorizeLink(fields, secrets);
  return (
    <section className="card" aria-label={words.link}>
      <CodeValue label={words.link} value={link} />
      <div className="form-buttons">
        <a className="button button-primary" href={link} target="_blank" rel="noreferrer">
          {words.open}
        </a>
        <Button onClick={onRenew}>{words.renew}</Button>
      </div>
      <CodeValue label={words.state} value={secrets.state} />
      <CodeValue label={words.verifier} value={secrets.verifier} />
      <p className="muted">{words.verifierHint}</p>
      <CodeValue label={words.exchange} value={exchangeCommand(fields, secrets)} />
      <p className="muted">{words.exchangeHint}</p>
    </section>
  );
}
