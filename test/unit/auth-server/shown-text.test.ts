import { expect, test } from 'vitest';
import { appNameProblem } from '../../../services/auth-server/domain/app/shown-text.ts';

const JOINERS = ['\u200C', '\u200D'];

/** Marks of the canonical combining classes 8 and 10. Only U+05B0 has the class 10. */
const [BEFORE_VIRAMA, AFTER_VIRAMA] = ['\u3099', '\u05B0'];
const isNormal = (marks: string) => marks.normalize('NFD') === marks;

/** Whether the canonical combining class is 9. Normalization sorts adjacent marks by their classes, except those of class 0. */
const isVirama = (mark: string) =>
  isNormal(mark) && mark !== AFTER_VIRAMA && !isNormal(mark + BEFORE_VIRAMA) && !isNormal(AFTER_VIRAMA + mark);

test('joiners may follow exactly the marks that are viramas in the Unicode version of Node.js', () => {
  // Planes 0 and 1; the marks of later planes are variation selectors.
  const characters = Array.from({ length: 0x20000 }, (_, code) => String.fromCodePoint(code));
  const marks = characters.filter((character) => /^\p{M}$/u.test(character));
  const mayPrecede = (mark: string) => JOINERS.every((joiner) => appNameProblem(`क${mark}${joiner}क`) === undefined);
  const named = (found: string[]) => found.map((mark) => mark.codePointAt(0)?.toString(16));
  expect(named(marks.filter(mayPrecede))).toEqual(named(marks.filter(isVirama)));
});
