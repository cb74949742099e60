const HUES = 6;

interface MonogramProps {
  readonly name: string;
  /** A stable value that the color is derived from. */
  readonly seed: string;
  readonly shape?: 'app' | 'organization' | 'person';
  readonly size?: 'small' | 'large';
}

/** The initial of an app, organization or person without a picture. */
export function Monogram({ name, seed, shape = 'app', size = 'small' }: MonogramProps) {
  const hue = [...seed].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 9_973, 7) % HUES;
  return (
    <span className={`monogram monogram-${shape} monogram-${size}`} data-hue={hue} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}

function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? '?';
}
