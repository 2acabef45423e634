import type { Conversation } from "@waxwing/protocols";

/** What was said to one server, and then to the one that took its place: else nobody could say why the first did not do. */
export function joinConversations(
  before: Conversation | null,
  after: Conversation | null,
): Conversation | null {
  if (before === null || after === null) return before ?? after;
  return { text: () => before.text() + after.text() };
}
