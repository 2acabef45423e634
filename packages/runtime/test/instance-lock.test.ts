import assert from "node:assert/strict";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { acquireInstanceLock, type Clock } from "../src/index.ts";
import { ownIdentity } from "../src/process-identity.ts";
import { type Child, startChild } from "./child.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const holdForever = `
  const answer = await runtime.acquireInstanceLock(process.argv[1]);
  console.log(answer.kind);
  if (answer.kind === "acquired") setInterval(() => {}, 1_000);
`;

async function kill(child: Child): Promise<void> {
  child.process.kill("SIGKILL");
  await child.exited;
}

test("a live holder is named, a released lock is free", async () => {
  await using directory = await temporaryDirectory();
  const first = await acquireInstanceLock(directory.path);
  assert.equal(first.kind, "acquired");
  const second = await acquireInstanceLock(directory.path);
  assert.ok(second.kind === "held");
  assert.equal(second.pid, process.pid);
  assert.ok(Math.abs(second.since - Date.now()) < 60_000);
  if (first.kind === "acquired") await first.release();
  await using third = asHeld(await acquireInstanceLock(directory.path));
  assert.equal(third.kind, "acquired");
});

function asHeld(answer: Awaited<ReturnType<typeof acquireInstanceLock>>) {
  return answer.kind === "acquired" ? answer : assert.fail(`held by ${answer.pid}`);
}

test("another process's lock holds until that process is killed", async () => {
  await using directory = await temporaryDirectory();
  const child = startChild(holdForever, directory.path);
  assert.equal(await child.nextLine(), "acquired");
  const answer = await acquireInstanceLock(directory.path);
  assert.deepEqual(answer.kind === "held" && answer.pid, child.process.pid);
  await kill(child);
  await asHeld(await acquireInstanceLock(directory.path)).release();
  assert.deepEqual(await readdir(directory.path), []);
});

test("of many contenders for a dead holder's lock exactly one gets it, round after round", async () => {
  await using directory = await temporaryDirectory();
  const lock = join(directory.path, "waxwing.lock");
  for (let round = 0; round < 150; round++) {
    const dead = { ...(await ownIdentity()), pid: 2 ** 22 + 1, token: `dead-${round}`, startedAt: 0 };
    await writeFile(lock, JSON.stringify(dead));
    // Some rounds also begin with a successor that died while it took over.
    if (round % 3 === 0)
      await writeFile(`${lock}.after-dead-${round}`, JSON.stringify({ ...dead, token: `heir-${round}` }));
    const answers = await Promise.all(Array.from({ length: 6 }, () => acquireInstanceLock(directory.path)));
    const won = answers.filter((answer) => answer.kind === "acquired");
    assert.equal(won.length, 1, `round ${round}`);
    const { token } = JSON.parse(await readFile(lock, "utf8"));
    assert.notEqual(token, dead.token);
    for (const answer of won) await answer.release();
  }
  assert.deepEqual(await readdir(directory.path), []);
});

test("of several processes started at once exactly one gets a killed holder's lock", async () => {
  await using directory = await temporaryDirectory();
  const killed = startChild(holdForever, directory.path);
  await killed.nextLine();
  await kill(killed);
  for (let round = 0; round < 3; round++) {
    const children = Array.from({ length: 4 }, () => startChild(holdForever, directory.path));
    const answers = await Promise.all(children.map((child) => child.nextLine()));
    assert.deepEqual(answers.sort(), ["acquired", "held", "held", "held"]);
    await Promise.all(children.map(kill));
  }
});

test("a process number that was given to another program does not hold the lock", async () => {
  await using directory = await temporaryDirectory();
  const reused = { ...(await ownIdentity()), processStartTime: "1", token: "t", startedAt: 0 };
  await writeFile(join(directory.path, "waxwing.lock"), JSON.stringify(reused));
  await asHeld(await acquireInstanceLock(directory.path)).release();
});

test("a lock file that the disk has lost the contents of holds nothing", async () => {
  for (const text of ["", "{", '{"pid":1}', '{"pid":1,"startedAt":1,"token":"../../etc/passwd"}']) {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, "waxwing.lock"), text);
    await asHeld(await acquireInstanceLock(directory.path)).release();
  }
});

test("a holder elsewhere is believed while it touches its lock, and is dead after ten silent seconds", async () => {
  await using directory = await temporaryDirectory();
  const lock = join(directory.path, "waxwing.lock");
  await writeFile(
    lock,
    JSON.stringify({ ...(await ownIdentity()), bootId: "another", token: "t", startedAt: 7 }),
  );
  let nowMs = 1_800_000_000_000;
  let beats = true;
  const clock: Clock = {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      if (beats) await utimes(lock, nowMs / 1_000, nowMs / 1_000);
    },
  };
  await utimes(lock, nowMs / 1_000, nowMs / 1_000);
  const while_alive = await acquireInstanceLock(directory.path, { clock });
  assert.deepEqual(while_alive, { kind: "held", pid: process.pid, since: 7 });
  beats = false;
  const before = nowMs;
  await asHeld(await acquireInstanceLock(directory.path, { clock })).release();
  assert.ok(nowMs - before >= 9_000);
});
