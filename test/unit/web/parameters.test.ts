import { expect, test } from 'vitest';
import { readParameters } from '../../../services/web/src/consent/parameters.ts';

test('passes on every resource; repeated ones are not duplicate parameters (RFC 8707)', () => {
  const query = new URLSearchParams(
    'client_id=a&resource=https://a.example&resource=https://b.example&state=1&state=2',
  );
  expect(readParameters(query)).toMatchObject({
    clientId: 'a',
    resource: ['https://a.example', 'https://b.example'],
    duplicateParameters: ['state'],
  });
});
