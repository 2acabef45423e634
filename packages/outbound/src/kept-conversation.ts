import type { Conversation } from "@waxwing/protocols";

/** A conversation is at most about 8 KB, and one that goes on from another twice that. */
const MAX_CHARS = 16_384;
/** One costs some 25 us and 700 bytes: below this rate every success has its own, above it they are a sample. */
const SUCCESSES_PER_SECOND = 50;

/**
 * Tells for which successes the conversation is kept, so that each has one where there are few and a busy worker does not pay for
 * what nobody will read. Failures are not asked for.
 */
export function createConversationBudget(): (nowMs: number) => boolean {
  let second = 0;
  let kept = 0;
  return (nowMs) => {
    const now = Math.floor(nowMs / 1_000);
    if (now !== second) {
      second = now;
      kept = 0;
    }
    return ++kept <= SUCCESSES_PER_SECOND;
  };
}

/** A conversation as it is stored, or null where there was none. */
export function keptConversation(conversation: Conversation | null): string | null {
  // What was cut in the middle of a character would be refused by the database, with the outcomes of all others beside it.
  return conversation === null ? null : conversation.text().slice(0, MAX_CHARS).toWellFormed();
}
