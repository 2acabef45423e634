import assert from "node:assert/strict";
import { test } from "node:test";
import { createTransport } from "nodemailer";
import { apiKey, openSubmissionDoors, type SubmissionDoors } from "./submission-doors.ts";

const mail = (to: readonly string[]) => ({
  from: "shop@waxwing.test",
  to: [...to],
  subject: "s",
  text: "t",
});

const submit = async (doors: SubmissionDoors, to: readonly string[]): Promise<string> => {
  const transport = createTransport({
    host: "127.0.0.1",
    port: doors.ports.submissions,
    secure: true,
    auth: { user: "apikey", pass: apiKey },
    tls: { rejectUnauthorized: false },
  });
  return await transport.sendMail(mail(to)).then(
    ({ response }) => response,
    (error: { readonly response?: string }) => error.response ?? String(error),
  );
};

test("messages over the rate are put off at MAIL FROM", { timeout: 60_000 }, async (t) => {
  const doors = await openSubmissionDoors(t);
  await doors.db.pool.query("UPDATE api_keys SET rate_limit = 1");
  const answers = await Promise.all(Array.from({ length: 12 }, () => submit(doors, ["ann@example.test"])));
  const accepted = answers.filter((answer) => answer.startsWith("250 "));
  assert.ok(accepted.length >= 2, answers.join("\n"));
  const putOff = answers.filter((answer) => !answer.startsWith("250 "));
  assert.ok(putOff.length > 0);
  for (const answer of putOff)
    assert.equal(answer, "450 4.7.1 Rate limit of this API key exceeded: 1 messages a second");
  assert.equal((await doors.stored()).length, accepted.length);
});

test("a message that the daily quota has no room for is put off whole", { timeout: 60_000 }, async (t) => {
  const doors = await openSubmissionDoors(t);
  await doors.db.pool.query("UPDATE projects SET daily_quota = 3");
  assert.match(await submit(doors, ["a@example.test", "b@example.test"]), /^250 /);
  assert.match(
    await submit(doors, ["a@example.test", "b@example.test"]),
    /^452 4\.5\.3 Daily quota of this project exceeded: 2 of 3 recipients used, try again after midnight UTC$/,
  );
  assert.match(await submit(doors, ["a@example.test"]), /^250 /);
  assert.equal((await doors.stored()).length, 2);
});
