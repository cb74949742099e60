import { useState } from 'react';
import { type Install, InstallStatus } from '#gen/featureos/oauth/v1/install_pb.ts';

const DISCONNECTING_POLL_MS = 2_000;

export type DisconnectedInstall = Pick<Install, 'id' | 'appName'>;

export interface Disconnect {
  readonly install: DisconnectedInstall;
  /** The number of the batch (installs that were confirmed together). An install in a later batch is disconnected again. */
  readonly batch: number;
}

/** The disconnects that were confirmed on this page, the latest of each install, and a function that adds a batch. */
export function useDisconnects() {
  const [disconnects, setDisconnects] = useState<readonly Disconnect[]>([]);
  const add = (installs: readonly DisconnectedInstall[]) => setDisconnects((earlier) => withBatch(earlier, installs));
  return [disconnects, add] as const;
}

/** For `refetchInterval`: polls until each disconnect in progress is complete. */
export const pollIntervalOf = (installs: readonly Pick<Install, 'status'>[]): number | false =>
  installs.some(({ status }) => status === InstallStatus.DISCONNECTING) ? DISCONNECTING_POLL_MS : false;

/** A repeated disconnect replaces the earlier one of the same install; the other results stay. */
function withBatch(earlier: readonly Disconnect[], installs: readonly DisconnectedInstall[]): readonly Disconnect[] {
  const batch = (earlier.at(-1)?.batch ?? 0) + 1;
  const others = earlier.filter((one) => !installs.some(({ id }) => id === one.install.id));
  return [...others, ...installs.map((install) => ({ install, batch }))];
}
