import type { TestPlatform } from '../../support/platform.ts';
import type { Secrets } from './secrets.ts';

/** What every node of a cluster is given. */
export interface ClusterParts {
  readonly redisPort: number;
  /** Where the primary was when the cluster was started. */
  readonly databaseUrl: string;
  readonly secrets: Secrets;
  readonly platform: TestPlatform;
  readonly authServerTimeoutMs: number;
}
