import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { startSmtpSink } from "../src/smtp-sink.ts";

/** Sends lines one by one, returns the last line of each reply; "<closed>" once the sink has hung up. */
const talk = async (port: number, lines: readonly string[]): Promise<readonly string[]> => {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await replies.next();
      if (done === true) return "<closed>";
      if (/^\d{3} /.test(value)) return value;
    }
  };
  await next();
  const answers: string[] = [];
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    answers.push(await next());
  }
  socket.destroy();
  return answers;
};

const to = (recipient: string) => ["EHLO c", "MAIL FROM:<a@a.test> RET=HDRS", `RCPT TO:<${recipient}>`];

test("the sink keeps what it receives", async () => {
  await using sink = await startSmtpSink();
  const waiting = sink.waitForMessages(1, 5_000);
  await talk(sink.port, [...to("accept@b.test"), "DATA", "Subject: folded\r\n subject\r\n\r\n..dot\r\n."]);
  const [message] = await waiting;
  assert.equal(message?.mailFrom, "a@a.test");
  assert.deepEqual(message.rcptTo, ["accept@b.test"]);
  assert.deepEqual(message.mailParameters, { RET: "HDRS" });
  assert.equal(message.headers.get("SUBJECT"), "folded subject");
  assert.equal(message.headers.get("x-none"), undefined);
  assert.equal(message.raw.toString(), "Subject: folded\r\n subject\r\n\r\n.dot\r\n");
  assert.equal(message.tls, null);
  assert.equal(sink.connections, 1);
});

const moods = [
  {
    recipient: "bounce550@b.test",
    replies: ["550 5.1.1 This mailbox always refuses", "550 5.1.1 This mailbox always refuses"],
  },
  { recipient: "defer451@b.test", replies: ["451 4.3.0 Not now, try again", "250 2.1.5 Accepted"] },
  {
    recipient: "defer421-2@b.test",
    replies: ["421 4.3.2 Not now, try again", "421 4.3.2 Not now, try again", "250 2.1.5 Accepted"],
  },
  { recipient: "slow20@b.test", replies: ["250 2.1.5 Accepted"] },
  { recipient: "drop@b.test", replies: ["<closed>", "<closed>"] },
];

for (const { recipient, replies } of moods) {
  test(`the mood of ${recipient}`, async () => {
    await using sink = await startSmtpSink();
    for (const reply of replies) assert.equal((await talk(sink.port, to(recipient))).at(-1), reply);
    assert.equal(sink.attempts(recipient), replies.length);
  });
}

test("a refusal after DATA keeps nothing, and the next transaction is a new one", async () => {
  await using sink = await startSmtpSink();
  const answers = await talk(sink.port, [
    ...to("data554@b.test"),
    "DATA",
    "x\r\n.",
    ...to("ann@b.test").slice(1),
    "DATA",
    "y\r\n.",
  ]);
  assert.equal(answers[4], "554 5.7.1 This content is refused");
  assert.match(answers.at(-1) ?? "", /^250 2\.6\.0 Ok: queued as sink-1/);
  assert.equal(sink.messages.length, 1);
});

test("waiting in vain says how many came; closing leaves nothing behind", async () => {
  const sink = await startSmtpSink({ temper: () => ({ delayMs: 60_000 }) });
  await assert.rejects(sink.waitForMessages(2, 10), /received 0 of 2 messages in 10 ms/);
  const socket = connect({ port: sink.port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  await once(socket, "data");
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.resume().write(`${to("x@b.test").join("\r\n")}\r\n`);
  await sink.close();
  await gone;
  const refused = connect({ port: sink.port, host: "127.0.0.1" });
  await assert.rejects(once(refused, "connect"), { code: "ECONNREFUSED" });
});
