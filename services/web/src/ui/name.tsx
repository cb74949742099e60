/** What a third party calls itself: text and nothing else, whose direction cannot reach what stands around it. */
export function Name({ children }: { readonly children: string }) {
  return <bdi className="name">{children}</bdi>;
}
