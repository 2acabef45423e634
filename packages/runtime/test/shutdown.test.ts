import assert from "node:assert/strict";
import { test } from "node:test";
import { startChild } from "./child.ts";

const setUp = `
  const log = runtime.createLogger({ level: "info", name: "t", pretty: false });
  const shutdown = runtime.createShutdown({ log, deadlineMs: 1_500 });
  setInterval(() => {}, 1_000);
`;

const sayReady = `console.log("ready");`;

test("a signal aborts, closes in reverse order and exits 0", async () => {
  const child = startChild(`${setUp}
    shutdown.signal.addEventListener("abort", () => console.log("aborted"));
    shutdown.defer("database", () => console.log("database"));
    shutdown.defer("listener", async () => { await runtime.systemClock.sleep(1); console.log("listener"); });
    ${sayReady}
    await shutdown.finished;
    console.log("finished");`);
  assert.equal(await child.nextLine(), "ready");
  child.process.kill("SIGTERM");
  const { code, output } = await child.exited;
  assert.equal(code, 0);
  const said = output.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  assert.deepEqual(said, ["ready", "aborted", "listener", "database", "finished"]);
});

test("what hangs is named, and the process exits 1 at the deadline", async () => {
  const child = startChild(`${setUp}
    shutdown.defer("database", () => {});
    shutdown.defer("stuck door", () => new Promise(() => {}));
    ${sayReady}`);
  await child.nextLine();
  child.process.kill("SIGINT");
  const { code, output } = await child.exited;
  assert.equal(code, 1);
  assert.match(output, /"event":"process.stop_timed_out".*"hung":"stuck door","notClosed":\["database"\]/);
});

test("who asks again and again is obeyed at once", async () => {
  const child = startChild(`${setUp}
    shutdown.defer("slow", () => { console.log("closing"); return new Promise(() => {}); });
    ${sayReady}`);
  await child.nextLine();
  const impatience = setInterval(() => child.process.kill("SIGINT"), 20);
  const { code, output } = await child.exited;
  clearInterval(impatience);
  assert.equal(code, 130);
  assert.match(output, /"event":"process.killed","reason":"SIGINT again"/);
});

test("a signal that comes twice, as by way of npm too, is one wish", async () => {
  const child = startChild(`${setUp}
    shutdown.defer("slow", async () => {
      process.kill(process.pid, "SIGINT");
      await runtime.systemClock.sleep(100);
      console.log("closed");
    });
    ${sayReady}`);
  await child.nextLine();
  child.process.kill("SIGINT");
  const { code, output } = await child.exited;
  assert.equal(code, 0);
  assert.match(output, /^closed$/m);
});

for (const [kind, bug] of [
  ["uncaught_exception", `setImmediate(() => { throw new Error("a bug"); });`],
  ["unhandled_rejection", `void Promise.reject(new Error("a bug"));`],
] as const) {
  test(`an ${kind} is logged as fatal, everything is closed, exit code 1`, async () => {
    const child = startChild(`${setUp} shutdown.defer("database", () => console.log("closed")); ${bug}`);
    const { code, output } = await child.exited;
    assert.equal(code, 1);
    assert.match(output, new RegExp(`"level":60.*"event":"process.${kind}".*"message":"a bug"`));
    assert.match(output, /^closed$/m);
  });
}

test("a close that throws is logged, the rest is closed, exit code 1", async () => {
  const child = startChild(`${setUp}
    shutdown.defer("database", () => console.log("closed"));
    shutdown.defer("bad", () => { throw new Error("no"); });
    shutdown.begin("done", 0);`);
  const { code, output } = await child.exited;
  assert.equal(code, 1);
  assert.match(output, /"event":"process.close_failed".*"what":"bad"/);
  assert.match(output, /^closed$/m);
});
