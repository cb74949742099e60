/** Where a request came from, for the audit log. */
export interface Origin {
  /** `user:3`, `app:foapp_…`, `operator:ann`, `service:platform`. */
  readonly performedBy: string;
  readonly ipAddress: string;
  readonly requestId: string;
  /** When it arrived, before any of its work began; ms since 1970 with fractions. */
  readonly receivedAt: number;
}
