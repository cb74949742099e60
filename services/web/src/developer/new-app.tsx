import { useMutation } from '@connectrpc/connect-query';
import { Link } from 'wouter';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { paths } from '../routing/paths.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { AppCreated } from './app-created.tsx';
import { NEW_APP } from './app-fields.ts';
import { AppForm } from './app-form.tsx';
import { MutationStatus } from './mutation-status.tsx';

export function NewApp({ organization }: { readonly organization: OrganizationRef }) {
  const words = developerText.appForm;
  const register = useMutation(AppService.method.registerApp);
  if (register.data) return <AppCreated response={register.data} organization={organization} />;
  return (
    <>
      <p className="crumb">
        <Link to={paths.apps(organization.subdomain)}>{developerText.apps.backToList}</Link>
      </p>
      <PageTitle documentTitle={words.newTitle}>{words.newTitle}</PageTitle>
      <p className="lead">{words.newLead}</p>
      <AppForm
        initial={NEW_APP}
        error={register.error}
        onSubmit={(fields) => {
          if (!register.isPending) register.mutate(fields);
        }}
      >
        <MutationStatus mutation={register} />
        <div className="form-buttons">
          <Button kind="primary" type="submit" isBusy={register.isPending}>
            {words.submitNew}
          </Button>
        </div>
      </AppForm>
    </>
  );
}
