/** Who initiated an audited action, and from where. `ipAddress` and `requestId` are empty if no request caused the action. */
export interface Initiator {
  /** Such as `user:3`, `app:foapp_…`, `operator:ann`, `service:platform` or `restore-fence`. */
  readonly performedBy: string;
  readonly ipAddress: string;
  readonly requestId: string;
}
