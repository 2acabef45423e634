import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

/** Answers a JSON array of any length without holding more than a page of it. */
export function streamArray<Row, Key extends Row>(
  reply: FastifyReply,
  nextPage: (after: Row | null) => Promise<readonly Key[]>,
  show: (row: Key) => unknown,
): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(Readable.from(write(nextPage, show)));
}

async function* write<Row, Key extends Row>(
  nextPage: (after: Row | null) => Promise<readonly Key[]>,
  show: (row: Key) => unknown,
): AsyncGenerator<string> {
  let separator = "[";
  let after: Row | null = null;
  for (;;) {
    const page: readonly Key[] = await nextPage(after);
    if (page.length === 0) break;
    yield separator + page.map((row) => JSON.stringify(show(row))).join(",");
    separator = ",";
    after = page.at(-1) ?? null;
  }
  yield separator === "[" ? "[]" : "]";
}
