/** A name that a third party chose. Its text direction must not affect what is around it. */
export function Name({ children }: { readonly children: string }) {
  return <bdi className="name">{children}</bdi>;
}
