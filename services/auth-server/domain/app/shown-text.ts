// Lengths in UTF-16 units.
const MAX_NAME_LENGTH = 80;
const MAX_DESCRIPTION_LENGTH = 300;
const MAX_NOTE_LENGTH = 500;

/**
 * Emoji recommended for interchange (UTS #51), which may have joiners, variation selectors and tags; and pictographs
 * with a variation selector.
 */
const EMOJI = /\p{RGI_Emoji}|\p{Extended_Pictographic}[\uFE0E\uFE0F]/gv;

/**
 * The characters with the canonical combining class 9 (Virama) in Unicode 17, from UnicodeData.txt. Regular expressions have no
 * property for it.
 */
const VIRAMA =
  '[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u0E3A\\u0EBA' +
  '\\u0F84\\u1039\\u103A\\u1714\\u1715\\u1734\\u17D2\\u1A60\\u1B44\\u1BAA\\u1BAB\\u1BF2\\u1BF3\\u2D7F' +
  '\\uA806\\uA82C\\uA8C4\\uA953\\uA9C0\\uAAF6\\uABED\\u{10A3F}\\u{11046}\\u{11070}\\u{1107F}\\u{110B9}' +
  '\\u{11133}\\u{11134}\\u{111C0}\\u{11235}\\u{112EA}\\u{1134D}\\u{113CE}-\\u{113D0}\\u{11442}\\u{114C2}' +
  '\\u{115BF}\\u{1163F}\\u{116B6}\\u{1172B}\\u{11839}\\u{1193D}\\u{1193E}\\u{119E0}\\u{11A34}\\u{11A47}' +
  '\\u{11A99}\\u{11C3F}\\u{11D44}\\u{11D45}\\u{11D97}\\u{11F41}\\u{11F42}\\u{1612F}]';
const JOINING =
  '[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}\\p{Script=Mandaic}\\p{Script=Adlam}]';
/**
 * U+200C and U+200D where they shape the text around them (RFC 5892 appendix A.1 and A.2): after a virama, and U+200C
 * between letters of a script whose letters join.
 */
const JOINERS = new RegExp(
  `(?<=${VIRAMA})[\\u200C\\u200D]|(?<=(?=\\p{L})${JOINING}\\p{Mn}*)\\u200C(?=\\p{Mn}*(?=\\p{L})${JOINING})`,
  'gv',
);

/** A variation selector after an ideograph, as in Japanese names. */
const IDEOGRAPH_VARIANTS = /(?<=\p{Ideographic})[\uFE00-\uFE02\u{E0100}-\u{E01EF}]/gv;

/** Control, format, private-use and unassigned characters, lone surrogates, line breaks, and other invisible ones. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** U+2800 and U+1D159 are symbols in Unicode but blank. */
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--[\u2800\u{1D159}]]/v;
/** UTS #39 section 5.4: more than four marks in sequence, or the same mark twice. */
const STACKED_MARKS = /[\p{Mn}\p{Me}]{5}|([\p{Mn}\p{Me}])\1/u;
/** Scripts with confusable letters; a word must not mix them (UTS #39 section 5.2). */
const LOOK_ALIKES = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee', 'Coptic', 'Lisu', 'Deseret'].map(
  (script) => new RegExp(`\\p{Script=${script}}`, 'u'),
);
const HIDDEN_PROBLEM = 'must not have control, direction or invisible characters';
const WORDS = /[\p{L}\p{M}]+/gu;

/** What is wrong with an app name; undefined if valid. Expects trimmed text. */
export const appNameProblem = (name: string) => shownTextProblem(name, MAX_NAME_LENGTH);

/** What is wrong with the description of an app; undefined if valid. */
export const appDescriptionProblem = (description: string) => shownTextProblem(description, MAX_DESCRIPTION_LENGTH);

/** What is wrong with a note or a reason that people of an organization write to each other; undefined if valid. */
export function noteProblem(note: string): string | undefined {
  if (note.length > MAX_NOTE_LENGTH) return `must be at most ${MAX_NOTE_LENGTH} characters`;
  return HIDDEN.test(withoutInvisibleParts(note)) ? HIDDEN_PROBLEM : undefined;
}

/** What is wrong with a line of text that the consent page shows. */
function shownTextProblem(text: string, maxLength: number): string | undefined {
  if (text === '') return 'must not be empty';
  if (text.length > maxLength) return `must be at most ${maxLength} characters`;
  const rest = withoutInvisibleParts(text);
  if (HIDDEN.test(rest)) return HIDDEN_PROBLEM;
  if (text.replace(EMOJI, '') === text && !VISIBLE.test(rest)) return 'must have a visible character';
  if (STACKED_MARKS.test(rest.normalize('NFD')))
    return 'must not have more than four combining marks on a character, or the same mark twice in sequence';
  const isMixed = (word: string) => LOOK_ALIKES.filter((script) => script.test(word)).length > 1;
  if ((rest.match(WORDS) ?? []).some(isMixed)) return 'must not mix alphabets that look alike in a word';
  return undefined;
}

/** Removes emoji, and invisible characters where they shape the text around them. */
const withoutInvisibleParts = (text: string): string =>
  text.replace(EMOJI, '').replace(JOINERS, '').replace(IDEOGRAPH_VARIANTS, '');
