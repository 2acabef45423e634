import type { Clock } from "@waxwing/runtime";

/** Answers kept by one memory. With answers that are no larger than `MAX_CHARS`: 32 MB, whatever strangers make us ask for. */
const MAX_ANSWERS = 4_096;
const MAX_CHARS = 4_096;

/**
 * Remembers what `ask` answers, and lets those who ask the same at the same time share one answer. The oldest is forgotten when
 * there are too many; large ones are not kept.
 *
 * @param options.keptMs how long an answer holds; 0: not at all
 * @returns a function that answers and throws as `ask` does; what it throws is not remembered
 */
export function rememberAnswers<Answer>(
  ask: (question: string) => Promise<Answer>,
  options: { readonly keptMs: (answer: Answer) => number; readonly clock: Clock },
): (question: string) => Promise<Answer> {
  const { keptMs, clock } = options;
  const answers = new Map<string, { readonly answer: Answer; readonly untilMs: number }>();
  const asked = new Map<string, Promise<Answer>>();

  const askNow = async (question: string): Promise<Answer> => {
    try {
      const answer = await ask(question);
      const forMs = keptMs(answer);
      if (forMs > 0 && question.length + (JSON.stringify(answer)?.length ?? 0) <= MAX_CHARS) {
        // Deleted first, so that the map stays in the order of age.
        answers.delete(question);
        answers.set(question, { answer, untilMs: clock.now() + forMs });
        const [oldest] = answers.keys();
        if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
      }
      return answer;
    } finally {
      asked.delete(question);
    }
  };

  return (question) => {
    const known = answers.get(question);
    if (known !== undefined && clock.now() < known.untilMs) return Promise.resolve(known.answer);
    const underWay = asked.get(question);
    if (underWay !== undefined) return underWay;
    const answer = askNow(question);
    asked.set(question, answer);
    return answer;
  };
}
