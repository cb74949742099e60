/** The body of a delivery (spec: App webhooks): `created` is in seconds since 1970. */
export function eventBody(type: string, happenedAt: Date, data: object): string {
  return JSON.stringify({ type, created: Math.floor(happenedAt.getTime() / 1_000), data });
}
