export function toggled<Item>(chosen: ReadonlySet<Item>, item: Item, isChosen: boolean): ReadonlySet<Item> {
  const next = new Set(chosen);
  if (isChosen) next.add(item);
  else next.delete(item);
  return next;
}
