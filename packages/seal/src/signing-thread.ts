import { parentPort } from "node:worker_threads";
import { signMessageSync } from "./sign.ts";
import type { SigningAnswers, SigningBatch } from "./signing-batch.ts";
import type { SigningKey } from "./signing-key.ts";

/*
 * A thread that signs, and nothing else: see signing-threads.ts.
 */

/** Answered together: about a millisecond of RSA. */
const ANSWERS_AT_ONCE = 4;

function fieldsOf(header: Buffer, body: Buffer, keys: readonly SigningKey[], nowMs: number): string | null {
  try {
    return signMessageSync({ header, body, keys, now: new Date(nowMs) });
  } catch {
    return null;
  }
}

parentPort?.on("message", ({ bytes, keys, jobs }: SigningBatch) => {
  const buffer = Buffer.from(bytes.buffer);
  let answers: SigningAnswers[number][] = [];
  const answer = (): void => {
    parentPort?.postMessage(answers satisfies SigningAnswers);
    answers = [];
  };
  let at = 0;
  for (const { id, headerBytes, bodyBytes, keys: places, nowMs } of jobs) {
    const bodyAt = at + headerBytes;
    const header = buffer.subarray(at, bodyAt);
    at = bodyAt + bodyBytes;
    const own = places.flatMap((place) => keys[place] ?? []);
    answers.push({ id, fields: fieldsOf(header, buffer.subarray(bodyAt, at), own, nowMs) });
    if (answers.length === ANSWERS_AT_ONCE) answer();
  }
  if (answers.length > 0) answer();
});
