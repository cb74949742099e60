import { useMutation } from '@connectrpc/connect-query';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import type { OrganizationRef } from '#gen/featureos/oauth/v1/organization_pb.ts';
import { paths } from '../routing/paths.ts';
import { useSandboxOf } from '../shell/sandboxes.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { Interpolate } from '../ui/interpolate.tsx';
import { Name } from '../ui/name.tsx';
import { MutationStatus } from './mutation-status.tsx';

/** A button that creates the organization's sandbox or, if there is one, a link to the apps that are installed in it. */
export function SandboxPanel({ owner }: { readonly owner: OrganizationRef }) {
  const words = developerText.sandbox;
  const sandbox = useSandboxOf(owner);
  const creation = useMutation(AppService.method.createSandbox);
  const link = useRef<HTMLAnchorElement>(null);
  const isCreated = creation.isSuccess && sandbox !== undefined;
  useEffect(() => {
    // The link replaces the button, which had the focus.
    if (isCreated) link.current?.focus();
  }, [isCreated]);
  return (
    <section className="card">
      <h2 className="section-title">{words.title}</h2>
      <p>
        <Interpolate text={words.body} organization={<Name>{owner.name}</Name>} />
      </p>
      <MutationStatus mutation={creation} />
      {sandbox === undefined ? (
        <Button onClick={() => creation.mutate({})} isBusy={creation.isPending}>
          {words.create}
        </Button>
      ) : (
        <p>
          <Link ref={link} to={paths.installs(sandbox.subdomain)}>
            <Interpolate text={words.open} sandbox={<Name>{sandbox.name}</Name>} />
          </Link>
        </p>
      )}
    </section>
  );
}
