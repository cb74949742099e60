import { DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE } from '../../domain/paging.ts';
import type { QueryParameter } from './operation.ts';

export const PAGING: readonly QueryParameter[] = [
  {
    name: 'page',
    description: 'The page to list, from 1.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE, default: 1 },
  },
  {
    name: 'per_page',
    description: 'Entries per page.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_PER_PAGE, default: DEFAULT_PER_PAGE },
  },
];
