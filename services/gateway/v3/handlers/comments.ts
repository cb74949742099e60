import { z } from 'zod';
import { invalidFields } from '#common/errors/app-error.ts';
import type { DemoPlatform } from '../../platform/demo-platform.ts';
import type { Comment } from '../../platform/records.ts';
import { filledText, id as idField, parseBody } from '../body.ts';
import type { Handler } from '../endpoint.ts';
import { pagingOf } from '../paging-parameters.ts';
import { authorJson } from './author.ts';

const MAX_BODY_LENGTH = 10_000;

const schema = z.object({ body: filledText(MAX_BODY_LENGTH), feature_request_id: idField.nullable().default(null) });

export const listComments =
  (platform: DemoPlatform): Handler =>
  async ({ token, query }) => {
    const { comments } = platform.workspace(token.organization.id);
    return { comments: comments.page(pagingOf(query)).map(toJson) };
  };

export const createComment =
  (platform: DemoPlatform): Handler =>
  async ({ token, body: input }) => {
    const { body, feature_request_id: featureRequestId } = parseBody(schema, input);
    const workspace = platform.workspace(token.organization.id);
    if (featureRequestId !== null && !workspace.featureRequests.has(featureRequestId)) {
      throw invalidFields([{ field: 'feature_request_id', message: 'is not the id of a feature request' }]);
    }
    return { comment: toJson(workspace.addComment({ body, featureRequestId }, token.actor)) };
  };

function toJson({ id, featureRequestId, body, author, createdAt }: Comment) {
  return {
    id,
    feature_request_id: featureRequestId,
    body,
    author: authorJson(author),
    created_at: createdAt.toISOString(),
  };
}
