import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Message } from "@waxwing/client";
import { startSmtpSink } from "@waxwing/testkit";
import { call, clientOf, startWaxwing, temporaryDataDir, until } from "./waxwing-process.ts";

const FINAL = new Set(["delivered", "bounced", "expired", "dropped"]);

suite("refused mail bounces and deferred mail is retried", { timeout: 120_000 }, () => {
  test("550 bounces with its text, 451 is retried and delivered, what never gets through bounces at its age", async () => {
    await using sink = await startSmtpSink();
    await using dataDir = await temporaryDataDir();
    await using waxwing = await startWaxwing({
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: `sink.example=127.0.0.1:${sink.port},closed.example=127.0.0.1:1`,
      WAXWING_RETRY_SCHEDULE: "200ms",
      WAXWING_MAX_AGE: "3s",
    });
    const send = async (to: string): Promise<string> => {
      const body = { from: "shop@waxwing.test", to, subject: "Order", text: "Your order." };
      return (await clientOf(waxwing.doors).send(body)).id;
    };
    const end = (id: string): Promise<Message> =>
      until(
        `the end of ${id}`,
        () => clientOf(waxwing.doors).messages.get(id),
        (message) => message.recipients.every(({ state }) => FINAL.has(state)),
      );
    const [refused, deferred, never, closed] = await Promise.all([
      send("bounce550@sink.example"),
      send("defer451@sink.example"),
      send("defer451-999@sink.example"),
      send("ann@closed.example"),
    ]);

    const bounced = await end(refused);
    assert.equal(bounced.recipients[0]?.state, "bounced");
    assert.match(bounced.recipients[0]?.last_reply ?? "", /^550 5\.1\.1/);
    assert.equal(bounced.recipients[0]?.attempts.length, 1);
    const event = bounced.timeline.at(-1);
    assert.equal(event?.type, "bounced");
    assert.equal(event?.data.type, "hard");
    assert.match(String(event?.data.reply), /^550 5\.1\.1/);

    const delivered = await end(deferred);
    assert.deepEqual(
      delivered.recipients[0]?.attempts.map(({ outcome }) => outcome),
      ["deferred", "delivered"],
    );
    assert.deepEqual(
      delivered.timeline.map(({ type }) => type),
      ["accepted", "processed", "deferred", "delivered"],
    );
    assert.equal(
      sink.messages.filter(({ rcptTo }) => rcptTo.includes("defer451@sink.example")).length,
      1,
      "once",
    );

    for (const [id, reply] of [
      [never, /^451/],
      [closed, /ECONNREFUSED/],
    ] as const) {
      const gaveUp = await end(id);
      assert.equal(gaveUp.recipients[0]?.state, "bounced");
      assert.ok((gaveUp.recipients[0]?.attempts.length ?? 0) > 3);
      assert.match(gaveUp.recipients[0]?.last_reply ?? "", reply);
      assert.equal(gaveUp.timeline.at(-1)?.data.cause, "timeout");
    }

    type Listed = { email: string; status: string }[];
    const listed = async (list: string): Promise<string[]> =>
      (await call<Listed>(waxwing.doors, `/v3/suppression/${list}`))
        // Not the message that the first start sends, which finds no way here.
        .filter(({ email }) => !email.endsWith("@waxwing.test"))
        .map(({ email, status }) => `${email} ${status}`)
        .sort();
    assert.deepEqual(await listed("bounces"), ["bounce550@sink.example 5.1.1"]);
    assert.deepEqual(await listed("blocks"), ["ann@closed.example ", "defer451-999@sink.example 4.3.0"]);
    const again = await end(await send("Bounce550@sink.example"));
    assert.equal(again.recipients[0]?.state, "dropped", "no such mailbox: not tried again");
    assert.equal(again.recipients[0]?.attempts.length, 0);
  });

  test("each recipient of a message has an end of its own, and nobody sees the blind copies", async () => {
    await using sink = await startSmtpSink();
    await using dataDir = await temporaryDataDir();
    await using waxwing = await startWaxwing({
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: `sink.example=127.0.0.1:${sink.port}`,
    });
    const { id } = await clientOf(waxwing.doors).send({
      from: "shop@waxwing.test",
      to: ["ann@sink.example", "bounce550@sink.example"],
      cc: "carl@sink.example",
      bcc: "hidden@sink.example",
      subject: "To several",
      text: "One text.",
    });
    const message = await until(
      "all ends",
      () => clientOf(waxwing.doors).messages.get(id),
      ({ recipients }) => recipients.every(({ state }) => FINAL.has(state)),
    );
    assert.deepEqual(
      message.recipients.map(({ email, state }) => [email, state]),
      [
        ["ann@sink.example", "delivered"],
        ["bounce550@sink.example", "bounced"],
        ["carl@sink.example", "delivered"],
        ["hidden@sink.example", "delivered"],
      ],
    );
    const paths = sink.messages.map(({ mailFrom }) => mailFrom);
    assert.equal(new Set(paths).size, paths.length, "each recipient has a return path of its own");
    assert.ok(sink.messages.every(({ raw }) => !raw.includes("hidden@")));
  });
});
