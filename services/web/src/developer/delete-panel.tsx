import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { paths } from '../routing/paths.ts';
import { queryClient } from '../rpc/query-client.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import type { AppViewProps } from './app-view.ts';
import { DeleteDialog } from './delete-dialog.tsx';

export function DeletePanel({ app, organization }: AppViewProps) {
  const words = developerText.deletion;
  const [isDialogOpen, setDialogOpen] = useState(false);
  const [, navigate] = useLocation();
  const remove = useMutation(AppService.method.deleteApp, {
    onSuccess: () => navigate(paths.apps(organization.subdomain), { replace: true }),
    // Queries become stale, but none is fetched again in this view: it would not find the deleted app.
    onSettled: () => queryClient.invalidateQueries({ refetchType: 'none' }),
  });
  return (
    <section className="card card-danger">
      <h2 className="section-title">{words.title}</h2>
      <p className="muted">{words.lead}</p>
      <Button kind="danger" onClick={() => setDialogOpen(true)}>
        {words.action}
      </Button>
      {isDialogOpen && (
        <DeleteDialog
          app={app}
          deletion={remove}
          onConfirm={() => remove.mutate({ clientId: app.clientId })}
          onClose={() => setDialogOpen(false)}
        />
      )}
    </section>
  );
}
