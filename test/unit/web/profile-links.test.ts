import { expect, test } from 'vitest';
import { AppVerification } from '../../../gen/featureos/oauth/v1/app_pb.ts';
import { linksOf, websiteOf } from '../../../services/web/src/profile/links.ts';

const EMPTY = {
  description: '',
  homepageUrl: '',
  privacyPolicyUrl: '',
  termsUrl: '',
  supportAddress: '',
  initiateLoginUri: '',
  logoPath: '',
  verification: AppVerification.NOT_REVIEWED,
};

test('a profile without addresses has no links', () => {
  expect(linksOf(EMPTY)).toEqual([]);
});

test('every address of a profile is a link, except the start URL', () => {
  const fields = Object.keys(EMPTY).filter((field) => /Ur[li]$|Address$/.test(field));
  const linked = fields.filter((field) => linksOf({ ...EMPTY, [field]: 'https://app.example' }).length === 1);
  expect(linked).toEqual(fields.filter((field) => field !== 'initiateLoginUri'));
});

test('links show where they lead, in ASCII', () => {
  const links = linksOf({ ...EMPTY, homepageUrl: 'https://аpp.example/about?x=1', supportAddress: 'help@app.example' });
  expect(links).toEqual([
    { label: 'Website', href: 'https://xn--pp-6kc.example/about?x=1', destination: 'xn--pp-6kc.example' },
    { label: 'Support', href: 'mailto:help@app.example', destination: 'help@app.example' },
  ]);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'http://app.example',
  'app.example',
])('%s is not a link', (address) => {
  expect(linksOf({ ...EMPTY, homepageUrl: address, supportAddress: address })).toEqual([]);
});

test('the website of an app is linked however its https URL is written', () => {
  const website = (homepageUrl: string) => websiteOf({ ...EMPTY, homepageUrl })?.href;
  expect(website('HTTPS://app.example/a')).toBe('https://app.example/a');
  expect(website('https:app.example')).toBe('https://app.example/');
  for (const homepageUrl of ['', 'http://app.example', 'javascript:alert(1)'])
    expect(website(homepageUrl)).toBeUndefined();
});
