import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { runTranscript, TranscriptMismatch } from "./transcript.ts";

/** A server that greets, answers each line with two, and hangs up on BYE. */
async function withEcho(run: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("hello\r\n");
    socket.on("data", (data) => {
      for (const line of data.toString().split("\r\n").filter(Boolean)) {
        if (line === "BYE") socket.end();
        else socket.write(`1 ${line}\r\n2 ${line}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    await run(typeof address === "object" && address !== null ? address.port : 0);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const PASSING: readonly (readonly [name: string, transcript: string])[] = [
  ["lines in order", "S: hello\nC: x\nS: 1 x\nS: 2 x\nC: BYE\nEND"],
  ["lines in any order", "S: hello\nC: x\nS?: 2 x\nS?: 1 x"],
  ["patterns", "S: {{h.*}}o\nC: a.b{1}\nS: {{\\d}} a.b{1}\nS: {{\\d}} a.b{{\\{\\d\\}}}"],
  ["lines passed over", "# a comment\n\nS: hello\nC: x\nS>: 2 x"],
  ["raw octets", "S: hello\nC!: a\\x62\\r\\n\nS: 1 ab\nS: 2 ab"],
];
for (const [name, transcript] of PASSING) {
  test(`passes: ${name}`, () => withEcho((port) => runTranscript(transcript, { port })));
}

const FAILING: readonly (readonly [name: string, transcript: string])[] = [
  ["another line", "S: goodbye"],
  ["half a line", "S: hell"],
  ["a dot is a dot", "S: h.llo"],
  ["one of a group is missing", "S: hello\nC: x\nS?: 1 x\nS?: 3 x"],
  ["nothing comes", "S: hello\nS: more"],
  ["the connection stays open", "S: hello\nEND"],
  ["the connection ends early", "S: hello\nC: BYE\nS: more"],
];
for (const [name, transcript] of FAILING) {
  test(`fails: ${name}`, () =>
    withEcho((port) =>
      assert.rejects(runTranscript(transcript, { port, lineTimeoutMs: 50 }), TranscriptMismatch),
    ));
}
