/** What is on the pages of a list, one by one; a page is read when the one before it is used up. */
export async function* items<Page extends { readonly next: string | null }, Item>(
  read: (cursor?: string) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): AsyncGenerator<Item, void, void> {
  let page = await read();
  for (;;) {
    yield* itemsOf(page);
    if (page.next === null) return;
    page = await read(page.next);
  }
}
