import { expect, test } from 'vitest';
import { sessionCookieOf } from '../../../services/auth-server/callers/session-cookie.ts';

test.each([
  [undefined, undefined],
  ['', undefined],
  ['session=', undefined],
  ['other=1', undefined],
  ['xsession=1; session2=2', undefined],
  ['session=a.b.c', 'a.b.c'],
  ['theme=dark; session=a.b.c;lang=en', 'a.b.c'],
  ['session=a=b', 'a=b'],
])('%j has the session %j', (header, session) => {
  expect(sessionCookieOf(header, 'session')).toBe(session);
});

test('rejects two cookies with the same name, since one may be injected', () => {
  expect(() => sessionCookieOf('session=a; session=b', 'session')).toThrow('two cookies named session');
});
