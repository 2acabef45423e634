import assert from "node:assert/strict";
import { test } from "node:test";
import { LOG_START } from "@waxwing/store";
import { formatCursor, parseCursor } from "./event-cursor.ts";

const id = "01890a5d-ac96-774b-bcce-b302099a8057";

test("a cursor is the position it was made of", () => {
  for (const position of [
    LOG_START,
    { xact: 2n ** 63n - 1n, id },
    { xact: 1n, id: "ffffffff-ffff-ffff-ffff-ffffffffffff" },
  ]) {
    assert.deepEqual(parseCursor(formatCursor(position)), position);
    assert.match(formatCursor(position), /^[\w-]+$/);
  }
});

test("no other text is a cursor", () => {
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const good = encode(`7.${id}`);
  assert.ok(parseCursor(good));
  for (const bad of [
    "",
    "x",
    `${good}=`,
    `${good} `,
    ` ${good}`,
    encode(`07.${id}`),
    encode(`-7.${id}`),
    encode(`9223372036854775808.${id}`),
    encode(`7.${id.toUpperCase()}`),
    encode("7."),
    encode(`7.${id}\n`),
    good.repeat(9),
  ]) {
    assert.equal(parseCursor(bad), null, bad);
  }
});
