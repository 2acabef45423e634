import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createGroupCommit } from "./group-commit.ts";

/** Writes that end when they are told to. */
function openWrites() {
  const groups: { readonly items: readonly number[]; readonly end: () => void }[] = [];
  let begun = Promise.withResolvers<void>();
  const write = (items: readonly number[]): Promise<readonly number[]> => {
    const { promise, resolve } = Promise.withResolvers<readonly number[]>();
    groups.push({ items, end: () => resolve(items) });
    begun.resolve();
    begun = Promise.withResolvers();
    return promise;
  };
  const until = async (count: number): Promise<void> => {
    while (groups.length < count) await begun.promise;
  };
  const at = (index: number) => groups[index] ?? assert.fail(`no write ${index}`);
  return { groups, write, until, at };
}

suite("group commit", { timeout: 60_000 }, () => {
  test("what arrives while a write is under way goes together in the next one", async () => {
    const { groups, write, until, at } = openWrites();
    const commit = createGroupCommit({ write, waitMs: 1, maxItems: 10, maxWrites: 2, patienceMs: 1_000_000 });
    const first = commit(1);
    await until(1);
    const others = [commit(2), commit(3)];
    at(0).end();
    assert.equal(await first, 1);
    await until(2);
    assert.deepEqual(
      groups.map(({ items }) => items),
      [[1], [2, 3]],
    );
    at(1).end();
    assert.deepEqual(await Promise.all(others), [2, 3]);
  });

  test("a write that hangs stops nobody for longer than the patience lasts", async () => {
    const { write, until, at } = openWrites();
    const commit = createGroupCommit({ write, waitMs: 1, maxItems: 10, maxWrites: 2, patienceMs: 5 });
    const hanging = commit(1);
    await until(1);
    const next = commit(2);
    await until(2);
    at(1).end();
    assert.equal(await next, 2);
    at(0).end();
    assert.equal(await hanging, 1);
  });

  test("after a write of several the next waits for more, but not when enough have come, and not after a single one", async () => {
    const { groups, write, until, at } = openWrites();
    const rest = { ms: 1_000_000, enough: 3 };
    const commit = createGroupCommit({ write, waitMs: 1, maxItems: 10, maxWrites: 1, rest });
    const single = commit(1);
    await until(1);
    const pair = [commit(2), commit(3)];
    at(0).end();
    await until(2);
    at(1).end();
    const done = [single, ...pair, commit(4), commit(5)];
    await Promise.all(pair);
    assert.equal(groups.length, 2);
    done.push(commit(6));
    await until(3);
    at(2).end();
    assert.deepEqual(await Promise.all(done), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(
      groups.map(({ items }) => items),
      [[1], [2, 3], [4, 5, 6]],
    );
  });

  test("a full group does not wait, and no more writes than allowed begin", async () => {
    const { groups, write, until, at } = openWrites();
    const commit = createGroupCommit({ write, waitMs: 1, maxItems: 2, maxWrites: 2, patienceMs: 1_000_000 });
    const done = [commit(1), commit(2), commit(3), commit(4), commit(5), commit(6)];
    await until(2);
    assert.deepEqual(
      groups.map(({ items }) => items),
      [
        [1, 2],
        [3, 4],
      ],
    );
    at(1).end();
    await until(3);
    assert.deepEqual(at(2).items, [5, 6]);
    at(0).end();
    at(2).end();
    assert.deepEqual(await Promise.all(done), [1, 2, 3, 4, 5, 6]);
  });

  test("an error is told to the callers of its group alone", async () => {
    const commit = createGroupCommit<number, number>({
      write: async (items) => {
        if (items.includes(1)) throw new Error("away");
        return items;
      },
      waitMs: 1,
      maxItems: 10,
      maxWrites: 1,
    });
    await assert.rejects(commit(1), /away/);
    assert.equal(await commit(2), 2);
  });
});
