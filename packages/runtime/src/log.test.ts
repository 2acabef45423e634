import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLogLine } from "./log-line.ts";
import { createLogger } from "./logger.ts";

function capture(pretty = false) {
  const lines: string[] = [];
  const log = createLogger({ level: "info", name: "worker", pretty, write: (line) => void lines.push(line) });
  return { lines, log };
}

test("a line is one JSON object with event, level and fields", () => {
  const { lines, log } = capture();
  log.debug({ event: "never.written" });
  log.child({ messageId: "m1" }).info({ event: "delivery.delivered", host: "mx" });
  assert.equal(lines.length, 1);
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  assert.equal(typeof time, "number");
  assert.deepEqual(rest, {
    level: 30,
    name: "worker",
    messageId: "m1",
    event: "delivery.delivered",
    host: "mx",
  });
});

test("secrets and bodies are hidden wherever they stand", () => {
  const { lines, log } = capture();
  log.info({ event: "x", password: "hunter2", config: { apiKey: "hunter2", nested: { token: "hunter2" } } });
  log.info({ event: "x", request: { headers: { authorization: "Bearer hunter2" } }, body: "hunter2" });
  assert.equal(lines.length, 2);
  for (const line of lines) assert.doesNotMatch(line, /hunter2/);
});

test("errors keep type, message, code, stack and causes, and lose the values databases put into them", () => {
  const { lines, log } = capture();
  const cause = Object.assign(new Error("duplicate key"), { code: "23505", detail: "Key (body)=(hunter2)" });
  const query = Object.assign(new Error("Failed query: insert\nparams: hunter2", { cause }), {
    params: ["hunter2"],
  });
  log.error({ event: "store.failed", err: query });
  const { err } = JSON.parse(lines[0] ?? "");
  assert.equal(err.message, "Failed query: insert");
  assert.equal(err.cause.code, "23505");
  assert.match(err.stack, /log\.test\.ts/);
  assert.doesNotMatch(lines[0] ?? "", /hunter2/);
});

test("a circle of causes ends, and what is no error is still logged", () => {
  const { lines, log } = capture();
  const error = new Error("round");
  error.cause = error;
  log.error({ event: "x", err: error });
  log.error({ event: "x", err: "thrown text" });
  assert.equal(JSON.parse(lines[1] ?? "").err.message, "thrown text");
});

test("the readable form is one line per event, and strangers' bytes cannot drive the terminal", () => {
  const { lines, log } = capture(true);
  log.warn({ event: "smtp.refused", reply: "550 no\r\n\x1b[2J\u202e", attempts: 3 });
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}smtp\.refused reply="550 no\\r\\n\\u001b\[2J\\u202e" attempts=3\n$/,
  );
  assert.equal(formatLogLine("not json\x07\n", false), "not json\\u0007\n");
});

test("the readable form shows errors below their line", () => {
  const { lines, log } = capture(true);
  log.error({ event: "x.failed", err: new TypeError("bad", { cause: new Error("deep") }) });
  assert.match(lines[0] ?? "", /x\.failed\n {4}TypeError: bad\n {6}at [\s\S]*\n {4}Error: deep\n/);
});
