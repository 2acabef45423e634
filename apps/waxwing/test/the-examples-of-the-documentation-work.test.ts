import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { createClient } from "@waxwing/client";
import {
  API_KEY,
  freePort,
  MAILBOX_PASSWORD,
  startWaxwing,
  temporaryDataDir,
  until,
} from "./waxwing-process.ts";

const root = join(import.meta.dirname, "../../..");
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

interface Example {
  readonly section: string;
  /** `sh`, `js`, `python` or `sh smtp`. */
  readonly kind: string;
  readonly source: string;
}

/** The fenced blocks of a page that say what they are written in. */
function examplesOf(page: string): readonly Example[] {
  let section = "";
  const examples: Example[] = [];
  for (const match of page.matchAll(/^## (.*)$|^```(\S.*)\n([\s\S]*?)^```$/gm)) {
    const [, heading, kind, source] = match;
    if (heading !== undefined) section = heading;
    else if (kind !== undefined && source !== undefined) examples.push({ section, kind, source });
  }
  return examples;
}

/** How each kind is run: the program, which reads the example from its standard input. */
const RUNNERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  sh: ["sh", "-eu"],
  "sh smtp": ["sh", "-eu"],
  js: [process.execPath, "--input-type=module"],
  python: ["python3", "-"],
};

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  [program, ...args]: readonly [string, ...string[]],
  input: string,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

async function isThere(program: string, ...args: readonly string[]): Promise<boolean> {
  return await run([program, ...args], "", process.env, root).then(
    ({ code }) => code === 0,
    () => false,
  );
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

suite("the examples of the documentation work", { timeout: 180_000 }, () => {
  test("every block of docs/sending-examples.md does what its section says", async (t) => {
    await using dataDir = await temporaryDataDir();
    await using workDir = await temporaryDataDir();
    await symlink(join(root, "node_modules"), join(workDir.path, "node_modules"));
    await writeFile(join(workDir.path, "invoice.pdf"), "%PDF-1.4 an invoice");
    await writeFile(join(workDir.path, "logo.png"), Buffer.from(PNG, "base64"));
    const inbound = await freePort();
    await using waxwing = await startWaxwing({
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_INBOUND_LISTEN: `127.0.0.1:${inbound}`,
      WAXWING_ROUTES: `.test=127.0.0.1:${inbound}`,
    });
    const url = `http://127.0.0.1:${waxwing.doors.http}`;
    const client = createClient({ baseUrl: url, apiKey: API_KEY });
    const template = await client.templates.create({ name: "Order" });
    const version = await client.templates.createVersion(template.id, {
      name: "1",
      subject: "Your order {{order}}",
      html: "<p>Thank you, {{name}}.</p>",
    });
    await client.templates.activate(template.id, version.id);
    // They receive, so that the mail of the examples ends somewhere.
    for (const name of ["ann", "bob"]) await client.mailboxes.create({ address: `${name}@waxwing.test` });
    const env = {
      PATH: process.env.PATH,
      WAXWING_URL: url,
      WAXWING_SMTP: `smtp://127.0.0.1:${waxwing.doors.submission}`,
      WAXWING_API_KEY: API_KEY,
      WAXWING_TEMPLATE: template.id,
    };
    const tools: Readonly<Record<string, boolean>> = {
      sh: await isThere("curl", "--version"),
      "sh smtp": /\bsmtp\b/.test(
        (await run(["curl", "--version"], "", process.env, root).catch(() => null))?.stdout ?? "",
      ),
      js: true,
      python: await isThere("python3", "-c", "import urllib.request"),
    };
    const examples = examplesOf(await readFile(join(root, "docs/sending-examples.md"), "utf8"));
    assert.ok(examples.length > 15);
    let ran = 0;
    for (const { section, kind, source } of examples) {
      const runner = RUNNERS[kind];
      assert.ok(runner !== undefined, `a block of an unknown kind: ${kind}`);
      if (tools[kind] !== true) {
        t.diagnostic(`not run, ${kind} has no program here: ${section}`);
        continue;
      }
      const { code, stdout, stderr } = await run(runner, source, env, workDir.path);
      assert.equal(code, 0, `${section}, ${kind}: ${stdout} ${stderr}`);
      ran++;
      if (kind === "sh smtp") continue;
      const ids = [...new Set(stdout.match(ID))];
      const expected = section.startsWith("Many messages") ? 2 : 1;
      assert.equal(ids.length, expected, `${section}, ${kind}: ${stdout}`);
      for (const id of ids) {
        const { recipients } = await client.messages.get(id);
        if (section.startsWith("Later")) assert.equal(recipients[0]?.state, "cancelled", section);
      }
    }
    assert.ok(ran >= 6);

    await t.test(
      "the first message of the README goes out, is shown, and lies where it arrived",
      async (first) => {
        if (tools["sh smtp"] !== true) {
          first.diagnostic("not run: no curl here");
          return;
        }
        const readme = await readFile(join(root, "README.md"), "utf8");
        const commands = (/^## Your first message$([\s\S]*?)^## /m.exec(readme)?.[1] ?? "").match(
          /^ {4}curl .*\\?\n(?: {6,}.*\n)*/gm,
        );
        assert.equal(commands?.length, 4);
        await writeFile(
          join(workDir.path, "message.eml"),
          "From: shop@waxwing.test\nTo: inbox@waxwing.test\nSubject: By SMTP\n\nIt works.\n",
        );
        const { doors } = waxwing;
        let id = "";
        const ask = async (command: string): Promise<string> => {
          const filled = command
            .replace("127.0.0.1:8080", `127.0.0.1:${doors.http}`)
            .replace("127.0.0.1:2587", `127.0.0.1:${doors.submission}`)
            .replace("127.0.0.1:2993", `127.0.0.1:${doors.imaps}`)
            .replace("<id>", id)
            .replace("<password>", MAILBOX_PASSWORD);
          const { code, stdout, stderr } = await run(["sh", "-eu"], filled, env, workDir.path);
          assert.equal(code, 0, `${filled} ${stdout} ${stderr}`);
          return stdout;
        };
        const [send = "", show = "", smtp = "", read = ""] = commands;
        id = (await ask(send)).match(ID)?.[0] ?? "";
        const shown = () => client.messages.get(id);
        await until("the delivery", shown, ({ recipients }) => recipients[0]?.state === "delivered");
        assert.equal(JSON.parse(await ask(show)).subject, "Hello");
        await ask(smtp);
        assert.match(await ask(read), /^Subject: .+\r?$/m);
      },
    );

    // What came over SMTP says no id to curl's user; it is found as its recipient finds it.
    const subjects: string[] = [];
    for await (const { subject } of client.messages.all({ recipient: "ann@waxwing.test" }))
      subjects.push(subject);
    assert.ok(subjects.includes("Your order 42") && subjects.includes("Your invoice 42"), subjects.join());
    if (tools["sh smtp"] === true) {
      const orders = subjects.filter((subject) => subject === "Your order 42").length;
      const repeated = examples.filter(({ section }) => section.startsWith("Sent once")).length;
      const others = examples.filter(({ section }) =>
        ["A message", "By template", "Many messages in one request"].includes(section),
      ).length;
      const allRan = ran === examples.length;
      assert.ok(
        !allRan || orders === repeated + others,
        `${orders} messages of ${repeated + others} examples`,
      );
    }
  });
});
