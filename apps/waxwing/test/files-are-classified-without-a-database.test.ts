import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";

const MAIN = new URL("../bin/waxwing.js", import.meta.url).pathname;

const BOUNCE = `From: MAILER-DAEMON@mx.example.test
To: shop@shop.test
Subject: failure notice

Hi. This is the qmail-send program at mx.example.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@example.test>:
192.0.2.153 does not like recipient.
Remote host said: 550 5.1.1 <ann@example.test>... User Unknown

--- Below this line is a copy of the message.

Message-ID: <sent-1@shop.test>
`;
const ANSWER = "From: ben@example.test\nSubject: Automatische Antwort: Order\n\nIch bin im Urlaub.\n";

/** Runs `waxwing classify` with nothing in the environment that would lead to a database. */
async function classify(names: readonly string[], input = "") {
  const child = spawn(process.execPath, [MAIN, "classify", ...names], {
    env: { PATH: process.env.PATH ?? "" },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  assert.equal(stderr, "");
  return {
    code,
    lines: stdout.split("\n").flatMap((line): Record<string, unknown>[] => (line ? [JSON.parse(line)] : [])),
  };
}

suite("files are classified without a database", { timeout: 60_000 }, () => {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "waxwing-classify-"));
    await mkdir(join(directory, "inner"));
    await writeFile(join(directory, "bounce.eml"), BOUNCE);
    await writeFile(join(directory, "inner", "away.eml"), ANSWER);
    await writeFile(join(directory, "nothing.eml"), "");
  });
  after(() => rm(directory, { recursive: true, force: true }));

  test("of a directory every file is, in order, with the files of directories in it", async () => {
    const { code, lines } = await classify([directory]);
    assert.equal(code, 0);
    assert.deepEqual(
      lines.map(({ file, class: said }) => [file, said]),
      [
        [join(directory, "bounce.eml"), "hard"],
        [join(directory, "inner", "away.eml"), "auto-reply"],
        [join(directory, "nothing.eml"), "other"],
      ],
    );
    const { reply, confidence, source, ...rest } = lines[0] ?? {};
    assert.deepEqual(rest, {
      file: join(directory, "bounce.eml"),
      class: "hard",
      recipients: ["ann@example.test"],
      status: ["5.1.1"],
      reason: ["invalid-recipient"],
      action: ["failed"],
      type: ["hard"],
      original_message_id: "<sent-1@shop.test>",
      rule: "bounce.qmail",
    });
    assert.match(String(reply), /550 5\.1\.1/);
    assert.ok(Number(confidence) > 0.9 && String(source).startsWith("https://"));
  });

  test("of a list on standard input what cannot be read has a line too, and the exit code says so", async () => {
    const missing = join(directory, "missing.eml");
    const names = [join(directory, "inner", "away.eml"), missing, join(directory, "bounce.eml")];
    const { code, lines } = await classify([], `${names.join("\n")}\n`);
    assert.equal(code, 1);
    assert.deepEqual(
      lines.map((line) => line.class ?? "error"),
      ["auto-reply", "error", "hard"],
    );
    assert.equal(lines[1]?.file, missing);
    assert.match(String(lines[1]?.error), /ENOENT/);
  });
});
