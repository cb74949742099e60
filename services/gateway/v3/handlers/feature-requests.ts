import { z } from 'zod';
import type { DemoPlatform } from '../../platform/demo-platform.ts';
import type { FeatureRequest } from '../../platform/records.ts';
import { filledText, parseBody, text } from '../body.ts';
import type { Handler } from '../endpoint.ts';
import { pagingOf } from '../paging-parameters.ts';
import { authorJson } from './author.ts';

const MAX_TITLE_LENGTH = 200;
const MAX_BODY_LENGTH = 10_000;

const schema = z.object({ title: filledText(MAX_TITLE_LENGTH), body: text(MAX_BODY_LENGTH).default('') });

export const listFeatureRequests =
  (platform: DemoPlatform): Handler =>
  async ({ token, query }) => {
    const { featureRequests } = platform.workspace(token.organization.id);
    return { feature_requests: featureRequests.page(pagingOf(query)).map(toJson) };
  };

export const createFeatureRequest =
  (platform: DemoPlatform): Handler =>
  async ({ token, body }) => {
    const fields = parseBody(schema, body);
    return {
      feature_request: toJson(platform.workspace(token.organization.id).addFeatureRequest(fields, token.actor)),
    };
  };

function toJson({ id, title, body, author, createdAt }: FeatureRequest) {
  return { id, title, body, author: authorJson(author), created_at: createdAt.toISOString() };
}
