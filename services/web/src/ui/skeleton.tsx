const ROWS = ['first', 'second', 'third'];

/** Placeholder rows of a list. */
export function ListSkeleton() {
  return (
    <div className="list" aria-hidden="true">
      {ROWS.map((row) => (
        <div key={row} className="list-row">
          <span className="skeleton skeleton-tile" />
          <span className="skeleton-lines">
            <span className="skeleton skeleton-line" />
            <span className="skeleton skeleton-line skeleton-short" />
          </span>
        </div>
      ))}
    </div>
  );
}

export function CardSkeleton() {
  return (
    <div className="card" aria-hidden="true">
      <span className="skeleton skeleton-heading" />
      {ROWS.map((row) => (
        <span key={row} className="skeleton skeleton-line" />
      ))}
      <span className="skeleton skeleton-block" />
    </div>
  );
}
