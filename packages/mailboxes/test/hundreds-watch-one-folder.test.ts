import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { message, openSessions } from "./session-house.ts";

/** More than are told in one turn of the event loop. */
const WATCHERS = 250;

suite("hundreds watch one folder", { timeout: 60_000 }, () => {
  test("all of them are told of a change, except one that has stopped while others were told", async () => {
    await using house = await openSessions();
    const session = await house.logIn("ann@x.test");
    const folder = await session.open("INBOX");
    assert.ok(folder !== null);
    const told = new Set<number>();
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const stops = Array.from({ length: WATCHERS }, (_, number) =>
      session.watch(folder.id, () => {
        told.add(number);
        if (number === 0) stops.at(-1)?.();
        // The last but one: after it nobody is left.
        if (number === WATCHERS - 2) resolve();
      }),
    );
    await session.append("INBOX", [message("one")]);
    await all;
    assert.equal(told.size, WATCHERS - 1);
    assert.ok(!told.has(WATCHERS - 1));
    await session.close();
  });
});
