import { expect, test } from 'vitest';
import { linkProblem } from '../../../services/auth-server/domain/app/link-rules.ts';

test.each(['http://localhost/', 'http://a.example/', 'ftp://a.example/'])('the link %s must be https', (link) => {
  expect(linkProblem(link)).toBe('must be https');
});
