import fc from 'fast-check';

/** Any UTF-16 code unit, also a lone surrogate; mostly printable ASCII. */
export const anyCharacter = fc
  .oneof({ weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) }, fc.nat({ max: 0xffff }))
  .map((unit) => String.fromCharCode(unit));

export const anyText = fc.array(anyCharacter, { maxLength: 60 }).map((characters) => characters.join(''));
