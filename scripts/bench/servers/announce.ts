/** The child's side of child-server.ts: tells the parent where it listens, and ends with the parent. */
export function announce(port: number): void {
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}
