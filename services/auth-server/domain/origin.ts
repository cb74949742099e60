/** The sender of a request, for the audit log. */
export interface Origin {
  /** Such as `user:3`, `app:foapp_…`, `operator:ann`, `service:platform` or `restore-fence`. */
  readonly performedBy: string;
  readonly ipAddress: string;
  readonly requestId: string;
}
