import { developerText } from '../../text-developer.ts';
import { TextAreaField, TextField } from '../../ui/field.tsx';
import { FieldGroup } from '../../ui/field-group.tsx';
import type { AppFields } from '../app-fields.ts';

interface ProfileFieldsProps {
  readonly fields: AppFields;
  /** Messages by the snake_case name of the field. */
  readonly violations: ReadonlyMap<string, string>;
  readonly onChange: (change: Partial<AppFields>) => void;
}

const DESCRIPTION_ROWS = 3;

/** The fields of an app's public profile. The logo is in LogoPanel. */
export function ProfileFields({ fields, violations, onChange }: ProfileFieldsProps) {
  const words = developerText.appForm;
  return (
    <FieldGroup title={words.profile} hint={words.profileHint}>
      <TextAreaField
        label={words.description}
        hint={words.descriptionHint}
        error={violations.get('description')}
        rows={DESCRIPTION_ROWS}
        isProse
        value={fields.description}
        onChange={(description) => onChange({ description })}
      />
      <TextField
        label={words.homepage}
        type="url"
        error={violations.get('homepage_url')}
        value={fields.homepageUrl}
        onChange={(homepageUrl) => onChange({ homepageUrl })}
      />
      <TextField
        label={words.privacyPolicy}
        type="url"
        error={violations.get('privacy_policy_url')}
        value={fields.privacyPolicyUrl}
        onChange={(privacyPolicyUrl) => onChange({ privacyPolicyUrl })}
      />
      <TextField
        label={words.terms}
        type="url"
        error={violations.get('terms_url')}
        value={fields.termsUrl}
        onChange={(termsUrl) => onChange({ termsUrl })}
      />
      <TextField
        label={words.support}
        hint={words.supportHint}
        error={violations.get('support_address')}
        value={fields.supportAddress}
        onChange={(supportAddress) => onChange({ supportAddress })}
      />
      <TextField
        label={words.startUrl}
        hint={words.startUrlHint}
        type="url"
        error={violations.get('initiate_login_uri')}
        value={fields.initiateLoginUri}
        onChange={(initiateLoginUri) => onChange({ initiateLoginUri })}
      />
    </FieldGroup>
  );
}
