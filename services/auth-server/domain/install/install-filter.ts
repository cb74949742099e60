import { invalidRequest } from '#common/errors/app-error.ts';
import { isKnownScope } from '#common/scopes/catalog.ts';
import { type InstallId, isInstallId } from '../ids.ts';
import { searchText } from '../search-text.ts';

const MAX_UNUSED_DAYS = 3_650;
const DAY_MS = 86_400_000;

export type InstallOrder = 'newest' | 'app_name' | 'least_recently_used';

/** Which installs to list, and in which order. */
export interface InstallFilter {
  /** Part of the name of the app, of its owner or of the admin who consented. Empty: any. */
  readonly search: string;
  /** Installs that grant at least one of these. Empty: any. */
  readonly anyOfScopes: readonly string[];
  /** Installs that were neither connected nor used since this time. */
  readonly unusedSince: Date | null;
  /** Only installs whose tokens act as a user who has left the organization. */
  readonly actsAsFormerMember: boolean;
  /** Only installs that are older than this one. */
  readonly before: InstallId | null;
  readonly order: InstallOrder;
}

/** The filter of a request. `unusedDays`: 0 for any. `before`: empty for any. */
export type InstallFilterRequest = Omit<InstallFilter, 'unusedSince' | 'before'> & {
  readonly unusedDays: number;
  readonly before: string;
};

export const ALL_INSTALLS: InstallFilterRequest = {
  search: '',
  anyOfScopes: [],
  unusedDays: 0,
  actsAsFormerMember: false,
  before: '',
  order: 'newest',
};

/** Throws if a value is invalid. `now` in Unix milliseconds. */
export function toInstallFilter({ unusedDays, before, ...request }: InstallFilterRequest, now: number): InstallFilter {
  const unknown = request.anyOfScopes.find((name) => !isKnownScope(name));
  if (unknown !== undefined) throw invalidRequest(`any_of_scopes: ${JSON.stringify(unknown)} is not a known scope`);
  if (unusedDays > MAX_UNUSED_DAYS) throw invalidRequest(`unused_days must be at most ${MAX_UNUSED_DAYS}`);
  if (before !== '' && !isInstallId(before)) throw invalidRequest('before_install_id must be the id of an install');
  return {
    ...request,
    before: before === '' ? null : before,
    search: searchText(request.search, 'search'),
    anyOfScopes: [...new Set(request.anyOfScopes)],
    unusedSince: unusedDays === 0 ? null : new Date(now - unusedDays * DAY_MS),
  };
}
