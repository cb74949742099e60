import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesRegisteredRedirectUri, redirectUriProblem } from '../../services/auth-server/domain/redirect-uri.ts';
import { anyCharacter } from './any-text.ts';
import { oneCharacterChange } from './one-character-change.ts';

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((text) => !text.startsWith('xn--'));
const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
const segment = fc.stringMatching(/^[A-Za-z0-9_~-]([A-Za-z0-9._~!$&()+,;=:@-]{0,10}[A-Za-z0-9_~-])?$/);
const path = fc.array(segment, { maxLength: 4 }).map((segments) => segments.map((each) => `/${each}`).join(''));
const query = fc.option(fc.stringMatching(/^[A-Za-z0-9._~=&-]{1,20}$/), { nil: undefined });
/** Not the default ports of http and https, which a normalized URL omits. */
const port = fc.integer({ min: 1, max: 65_535 }).filter((number) => number !== 80 && number !== 443);
const optionalPort = fc.option(port, { nil: undefined });

const portText = (number: number | undefined) => (number === undefined ? '' : `:${number}`);
const queryText = (text: string | undefined) => (text === undefined ? '' : `?${text}`);

/** Path and query. A query needs a path in a normalized URL. */
const rest = fc
  .tuple(path, query)
  .map(([pathname, search]) => `${pathname || (search === undefined ? '' : '/')}${queryText(search)}`);
const httpsUri = fc
  .tuple(host, optionalPort, rest)
  .map(([name, number, end]) => `https://${name}${portText(number)}${end}`);
const loopbackIp = fc.constantFrom('127.0.0.1', '[::1]');

test('a normalized https URL can be registered, and then matches itself', () => {
  fc.assert(
    fc.property(httpsUri, fc.array(httpsUri, { maxLength: 3 }), (uri, others) => {
      expect(redirectUriProblem(uri)).toBeUndefined();
      expect(matchesRegisteredRedirectUri(uri, [...others, uri])).toBe(true);
    }),
  );
});

test('no one-character change of a registered https URL matches', () => {
  const changed = httpsUri.chain((uri) => oneCharacterChange(uri).map((given) => ({ uri, given })));
  fc.assert(
    fc.property(changed, ({ uri, given }) => {
      expect(matchesRegisteredRedirectUri(given, [uri])).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('a registered URL that is extended or cut at either end does not match', () => {
  fc.assert(
    fc.property(httpsUri, fc.string({ minLength: 1 }), fc.nat(), (uri, extra, cut) => {
      expect(matchesRegisteredRedirectUri(uri + extra, [uri])).toBe(false);
      expect(matchesRegisteredRedirectUri(extra + uri, [uri])).toBe(false);
      expect(matchesRegisteredRedirectUri(uri.slice(0, cut % uri.length), [uri])).toBe(false);
      expect(matchesRegisteredRedirectUri(uri.slice(1 + (cut % uri.length)), [uri])).toBe(false);
    }),
  );
});

test('nothing matches without registered URLs', () => {
  fc.assert(
    fc.property(fc.oneof(httpsUri, fc.string()), (given) => {
      expect(matchesRegisteredRedirectUri(given, [])).toBe(false);
    }),
  );
});

test('the port of a loopback IP literal may differ or be missing', () => {
  fc.assert(
    fc.property(loopbackIp, optionalPort, optionalPort, rest, (ip, registered, requested, end) => {
      const uri = `http://${ip}${portText(registered)}${end}`;
      expect(redirectUriProblem(uri)).toBeUndefined();
      expect(matchesRegisteredRedirectUri(`http://${ip}${portText(requested)}${end}`, [uri])).toBe(true);
    }),
  );
});

test('only the port of a loopback IP literal may differ', () => {
  const changed = fc
    .tuple(loopbackIp, optionalPort, rest)
    .map(([ip, number, end]) => `http://${ip}${portText(number)}${end}`)
    .chain((uri) => oneCharacterChange(uri).map((given) => ({ uri, given })));
  fc.assert(
    fc.property(changed, ({ uri, given }) => {
      if (!matchesRegisteredRedirectUri(given, [uri])) return;
      const withoutPort = (text: string) =>
        /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?((?:[/?].*)?)$/s.exec(text)?.slice(1);
      expect(withoutPort(given)).toEqual(withoutPort(uri));
      expect(withoutPort(given)).toBeDefined();
    }),
    { numRuns: 2_000 },
  );
});

test('localhost and the two loopback literals do not match each other, and the port of localhost must match', () => {
  const loopback = fc.constantFrom('localhost', '127.0.0.1', '[::1]');
  fc.assert(
    fc.property(loopback, loopback, port, port, rest, (registered, requested, onePort, otherPort, end) => {
      fc.pre(registered !== requested || (registered === 'localhost' && onePort !== otherPort));
      expect(redirectUriProblem(`http://localhost:${onePort}${end}`)).toBeUndefined();
      expect(
        matchesRegisteredRedirectUri(`http://${requested}:${otherPort}${end}`, [
          `http://${registered}:${onePort}${end}`,
        ]),
      ).toBe(false);
    }),
  );
});

test('rejects http for every host that is not loopback', () => {
  fc.assert(
    fc.property(host, optionalPort, rest, (name, number, end) => {
      expect(redirectUriProblem(`http://${name}${portText(number)}${end}`)).toMatch(/must be https/);
    }),
  );
});

test.each([
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'evil-localhost',
  'localhost.',
  'LOCALHOST',
  '127.1',
  '127.0.0.2',
  '127.0.0.1.',
  '2130706433',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '0.0.0.0',
  '[::]',
  '[::2]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '127.0.0.1%2eevil.example',
])('rejects http for %s, which is not exactly an allowed loopback host', (name) => {
  for (const end of ['', '/', '/callback', ':8080/callback']) {
    expect(redirectUriProblem(`http://${name}${end}`)).toBeDefined();
    for (const registered of [`http://127.0.0.1${end}`, `http://[::1]${end}`, `http://localhost${end}`]) {
      expect(matchesRegisteredRedirectUri(`http://${name}${end}`, [registered])).toBe(false);
    }
  }
});

test('rejects user info', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9.-]{0,8}$/);
  const userInfo = fc.oneof(
    word,
    fc.tuple(word, word).map(([user, password]) => `${user}:${password}`),
  );
  fc.assert(
    fc.property(userInfo, fc.oneof(host, loopbackIp, fc.constant('localhost')), rest, (user, name, end) => {
      expect(redirectUriProblem(`https://${user}@${name}${end}`)).toBe('must not have user info');
      expect(redirectUriProblem(`http://${user}@${name}${end}`)).toBeDefined();
    }),
  );
});

test('rejects a fragment, even an empty one', () => {
  fc.assert(
    fc.property(httpsUri, fc.stringMatching(/^[a-z0-9]{0,8}$/), (uri, fragment) => {
      expect(redirectUriProblem(`${uri}#${fragment}`)).toBe('must not have a fragment');
    }),
  );
});

test('rejects a wildcard in the host, the path and the query', () => {
  fc.assert(
    fc.property(host, segment, (name, last) => {
      for (const uri of [
        `https://*.${name}/${last}`,
        `https://${name}/*`,
        `https://${name}/${last}*`,
        `https://${name}/?a=*`,
      ]) {
        expect(redirectUriProblem(uri)).toBeDefined();
      }
    }),
  );
});

test('rejects dot segments, plain or encoded, since a browser would resolve them', () => {
  const dots = fc.constantFrom('.', '..', '%2e', '%2E', '%2e%2e', '.%2e', '%2E.');
  fc.assert(
    fc.property(host, dots, segment, (name, dot, last) => {
      expect(redirectUriProblem(`https://${name}/${dot}/${last}`)).toMatch(/must be written as/);
      expect(redirectUriProblem(`https://${name}/${last}/${dot}`)).toMatch(/must be written as/);
    }),
  );
});

test('rejects an encoded dot in the host, capitals in scheme or host, and the default port: each URL has one spelling', () => {
  fc.assert(
    fc.property(label, label, rest, (one, two, end) => {
      const uris = [
        `https://${one}%2e${two}.example${end}`,
        `https://${one}.${two}.Example${end}`,
        `HTTPS://${one}.${two}.example${end}`,
        `https://${one}.${two}.example:443${end}`,
      ];
      for (const uri of uris) expect(redirectUriProblem(uri)).toMatch(/must be written as/);
    }),
  );
});

test('rejects spaces, control characters, backslashes and characters beyond ASCII', () => {
  const unsafe = fc.oneof(
    fc.constantFrom(' ', '\t', '\n', '\r', '\\', '\0', '\u200b', 'ä'),
    anyCharacter.filter((char) => !/^[\x21-\x7e]$/.test(char)),
  );
  fc.assert(
    fc.property(httpsUri, fc.nat(), unsafe, (uri, at, char) => {
      const i = at % (uri.length + 1);
      expect(redirectUriProblem(uri.slice(0, i) + char + uri.slice(i))).toMatch(/must have only printable ASCII/);
    }),
  );
});

test('rejects other schemes, relative URLs and arbitrary text', () => {
  const scheme = fc.constantFrom('ftp', 'javascript', 'data', 'file', 'ws', 'com.example.app', 'httpsx');
  fc.assert(
    fc.property(scheme, host, rest, fc.string(), (other, name, end, text) => {
      expect(redirectUriProblem(`${other}://${name}${end}`)).toBeDefined();
      expect(redirectUriProblem(`${other}:${name}${end}`)).toBeDefined();
      expect(redirectUriProblem(`//${name}${end}`)).toBeDefined();
      expect(redirectUriProblem(end)).toBeDefined();
      if (!/^https?:/.test(text)) expect(redirectUriProblem(text)).toBeDefined();
    }),
  );
});
