import type { MessageInitShape } from '@bufbuild/protobuf';
import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { App, UpdateAppRequestSchema } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppService } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { type Limits, type Narrowing, narrowingOf } from './app-fields.ts';

type Input = MessageInitShape<typeof UpdateAppRequestSchema>;

/** An update that must be confirmed, because installs may lose access by it. */
export interface PendingUpdate {
  readonly input: Input;
  readonly narrowing: Narrowing;
  /** The number of active installs; undefined if it has not been read. */
  readonly installCount: number | undefined;
}

/** Updates an app. An update that narrows it must be confirmed first, unless the app has no active installs. */
export function useAppUpdate(app: App) {
  const mutation = useMutation(AppService.method.updateApp);
  const { data } = useQuery(AppService.method.listAppInstalls, { clientId: app.clientId, perPage: 1 });
  const [pending, setPending] = useState<PendingUpdate>();
  return {
    mutation,
    pending,
    submit(input: Input, after: Limits): void {
      if (mutation.isPending) return;
      const narrowing = narrowingOf(app, after);
      if (narrowing && data?.activeCount !== 0) setPending({ input, narrowing, installCount: data?.activeCount });
      else mutation.mutate(input);
    },
    confirm(): void {
      if (pending) mutation.mutate(pending.input);
      setPending(undefined);
    },
    cancel: () => setPending(undefined),
  };
}
