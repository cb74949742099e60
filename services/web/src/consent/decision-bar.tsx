import { useId } from 'react';
import { text } from '../text.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { ErrorState } from '../ui/states.tsx';
import { useAttention } from './use-attention.ts';
import type { Choices } from './use-choices.ts';
import type { Decision } from './use-decision.ts';

interface DecisionBarProps {
  readonly host: string;
  readonly choices: Choices;
  readonly decision: Decision;
  /** False if the user can only decline. */
  readonly mayApprove: boolean;
}

export function DecisionBar({ host, choices, decision, mayApprove }: DecisionBarProps) {
  const hintId = useId();
  const missing = missingStep(choices);
  const hasAttention = useAttention();
  const isBusy = decision.isApproving || decision.isDeclining;
  return (
    <div className="decision">
      {decision.error !== null && <ErrorState error={decision.error} title={text.errors.change} />}
      <div className="decision-row">
        <p className="decision-hint" id={hintId}>
          {mayApprove && missing ? (
            <strong>{missing}</strong>
          ) : (
            <Interpolate text={text.consent.redirectHint} host={<Name>{host}</Name>} />
          )}
        </p>
        <div className="decision-buttons">
          <Button onClick={decision.decline} isBusy={decision.isDeclining} isDisabled={isBusy}>
            {text.consent.decline}
          </Button>
          {mayApprove && (
            <Button
              kind="primary"
              onClick={decision.approve}
              isBusy={decision.isApproving}
              isDisabled={isBusy || missing !== undefined || !hasAttention}
              describedBy={hintId}
            >
              {text.consent.approve}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

/** What the user must do before they can approve; undefined if nothing. */
function missingStep({ organization, grantedScopes }: Choices): string | undefined {
  if (organization === undefined) return text.consent.organizationMissing;
  return grantedScopes.length === 0 ? text.consent.noneChosen : undefined;
}
