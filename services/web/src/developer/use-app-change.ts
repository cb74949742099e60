import type { MessageInitShape } from '@bufbuild/protobuf';
import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import type { App } from '#gen/featureos/oauth/v1/app_pb.ts';
import { AppService, type UpdateAppRequestSchema } from '#gen/featureos/oauth/v1/app_service_pb.ts';
import { type Limits, type Narrowing, narrowingOf } from './app-fields.ts';

type Input = MessageInitShape<typeof UpdateAppRequestSchema>;

/** A change that waits for a person's word, since it takes something away from installs. */
export interface WaitingChange {
  readonly input: Input;
  readonly narrowing: Narrowing;
  /** How many installs stand; undefined where that could not be read. */
  readonly installs: number | undefined;
}

/** Changes an app; where that cuts installs that stand, only after somebody has been told and has agreed. */
export function useAppChange(app: App) {
  const update = useMutation(AppService.method.updateApp);
  const { data } = useQuery(AppService.method.listAppInstalls, { clientId: app.clientId, perPage: 1 });
  const [waiting, setWaiting] = useState<WaitingChange>();
  return {
    update,
    waiting,
    change(input: Input, after: Limits): void {
      if (update.isPending) return;
      const narrowing = narrowingOf(app, after);
      if (narrowing && data?.activeCount !== 0) setWaiting({ input, narrowing, installs: data?.activeCount });
      else update.mutate(input);
    },
    confirm(): void {
      if (waiting) update.mutate(waiting.input);
      setWaiting(undefined);
    },
    cancel: () => setWaiting(undefined),
  };
}
