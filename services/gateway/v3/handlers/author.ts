import type { Author } from '../../platform/records.ts';

export const authorJson = ({ mode, userId }: Author) => ({ mode, user_id: userId });
