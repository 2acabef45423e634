import type { Conversation } from "@waxwing/protocols";

/** A conversation is at most about 8 KB, and one that goes on from another twice that; several hosts may have been spoken to. */
const MAX_CHARS = 16_384;
/** Of one that is longer the end is worth most: there is the answer that decided. */
const HEAD_CHARS = 4_096;
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
  return conversation === null ? null : cut(conversation.text()).toWellFormed();
}

function cut(text: string): string {
  if (text.length <= MAX_CHARS) return text;
  const between = `\n          * ${text.length - MAX_CHARS} characters and more, left out here\n`;
  return `${text.slice(0, HEAD_CHARS)}${between}${text.slice(HEAD_CHARS + between.length - MAX_CHARS)}`;
}
