import { describe, expect, test } from 'vitest';
import { OAuthError } from '../../../services/auth-server/domain/oauth-error.ts';
import { readClientCredentials } from '../../../services/auth-server/http/client-credentials.ts';
import { Parameters } from '../../../services/auth-server/http/parameters.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const read = (authorization: string | undefined, body = '') =>
  readClientCredentials(authorization, Parameters.fromUrlEncoded(body));

function errorOf(authorization: string | undefined, body = ''): string {
  try {
    read(authorization, body);
  } catch (error) {
    expect(error).toBeInstanceOf(OAuthError);
    return (error as OAuthError).code;
  }
  return 'none';
}

describe('HTTP Basic', () => {
  test.each([
    ['plain', 'foapp_a:fosec_b', 'foapp_a', 'fosec_b'],
    ['with %5F for the underscore', 'foapp%5Fa:fosec%5Fb', 'foapp_a', 'fosec_b'],
    ['with %5f in lower case', 'foapp%5fa:fosec%5fb', 'foapp_a', 'fosec_b'],
    ['with a plus for a space', 'an+app:a+secret', 'an app', 'a secret'],
    ['with %2B for a plus and %25 for a percent sign', 'a%2Bb:c%25d', 'a+b', 'c%d'],
    ['with a colon in the secret', 'foapp_a:one:two', 'foapp_a', 'one:two'],
    ['with an encoded colon in the id', 'a%3Ab:c', 'a:b', 'c'],
    ['in UTF-8', 'ä:%C3%B6', 'ä', 'ö'],
    ['with an empty secret', 'foapp_a:', 'foapp_a', ''],
  ])('%s', (_how, text, clientId, clientSecret) => {
    expect(read(basic(text))).toEqual({ clientId, clientSecret });
  });

  test('accepts the scheme in any case, with any spaces around the credentials', () => {
    const encoded = Buffer.from('a:b').toString('base64');
    for (const header of [`basic ${encoded}`, `BASIC   ${encoded}  `]) {
      expect(read(header)).toEqual({ clientId: 'a', clientSecret: 'b' });
    }
  });

  test.each([
    ['a broken escape in the id', basic('a%:b')],
    ['a broken escape in the secret', basic('a:b%zz')],
    ['an escape that is not UTF-8', basic('a:%ff')],
    ['no colon', basic('foapp_a')],
    ['the scheme alone', 'Basic'],
    ['the scheme with only spaces', 'Basic   '],
    ['text that is not base64', 'Basic a:b'],
    ['another scheme', 'Bearer abc'],
    ['two credentials', `${basic('a:b')} ${basic('a:b').slice(6)}`],
  ])('%s is invalid_client', (_what, header) => {
    expect(errorOf(header)).toBe('invalid_client');
  });

  test('the body can repeat the client_id, but not contain another one', () => {
    expect(read(basic('foapp_a:s'), 'client_id=foapp_a').clientId).toBe('foapp_a');
    expect(errorOf(basic('foapp_a:s'), 'client_id=foapp_b')).toBe('invalid_request');
  });

  test('rejects a secret in both the header and the body, even the same one', () => {
    expect(errorOf(basic('foapp_a:s'), 'client_secret=s')).toBe('invalid_request');
    expect(errorOf(basic('foapp_a:s'), 'client_id=foapp_a&client_secret=s')).toBe('invalid_request');
  });
});

describe('in the body', () => {
  test('id and secret are decoded only once', () => {
    expect(read(undefined, 'client_id=foapp_a&client_secret=one%253Atwo')).toEqual({
      clientId: 'foapp_a',
      clientSecret: 'one%3Atwo',
    });
  });

  test.each([
    '',
    'client_id=foapp_a',
    'client_secret=s',
    'client_id=foapp_a&client_secret=',
  ])('rejects %j as client authentication', (body) => {
    expect(errorOf(undefined, body)).toBe('invalid_client');
  });
});
