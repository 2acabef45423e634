import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { signMessage } from "../src/index.ts";
import { keyRecords, rsaKey } from "./signed-by.ts";

/*
 * Our signatures before the verifiers that other mail systems use. Each is given the public key instead of a DNS, and each is left
 * out where it is not installed (Debian: python3-dkim, libmail-dkim-perl, opendkim); mailauth judges everywhere.
 */

const [NAME = "", KEY = ""] = Object.entries(keyRecords)
  .slice(0, 1)
  .flatMap(([name, { TXT }]) => [name, TXT.flat().join("")]);

const HEADER = [
  "From: Shop <shop@waxwing.test>",
  "To: ann@example.test",
  "Subject: Your order =?utf-8?q?f=C3=BCr?= you",
  "Date: Thu, 13 Feb 2025 12:00:00 +0000",
  "Message-ID: <1@waxwing.test>",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Transfer-Encoding: 8bit",
  "List-Unsubscribe: <https://waxwing.test/u>,",
  "\t<mailto:u@waxwing.test>",
  "",
].join("\r\n");
const BODY = Buffer.from("hello  f\u00fcr you \r\n\r\n. a dot\r\n\ttab\t\r\n\r\n\r\n");

interface Judge {
  readonly name: string;
  /** What must be there. */
  readonly path: string;
  readonly passes: (message: Buffer) => Promise<boolean>;
}

const PYTHON = `
import os, sys, dkim
print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda name, timeout=5: os.environb[b"KEY"]))`;

const PERL = `
use Mail::DKIM::Verifier; use Net::DNS; no warnings "redefine";
my $text = join " ", map { qq("$_") } $ENV{KEY} =~ /.{1,200}/g;
*Mail::DKIM::DNS::query = sub { return Net::DNS::RR->new("$_[0]. 60 IN TXT $text") };
my $verifier = Mail::DKIM::Verifier->new;
binmode STDIN; local $/; $verifier->PRINT(<STDIN>); $verifier->CLOSE; print $verifier->result;`;

const JUDGES: readonly Judge[] = [
  {
    name: "dkimpy",
    path: "/usr/lib/python3/dist-packages/dkim/__init__.py",
    passes: async (message) => (await run("/usr/bin/python3", ["-c", PYTHON], message)).out.trim() === "True",
  },
  {
    name: "Mail::DKIM",
    path: "/usr/share/perl5/Mail/DKIM/Verifier.pm",
    passes: async (message) => (await run("/usr/bin/perl", ["-e", PERL], message)).out.trim() === "pass",
  },
  {
    name: "OpenDKIM",
    path: "/usr/sbin/opendkim",
    passes: async (message) => {
      const directory = await mkdtemp(join(tmpdir(), "waxwing-opendkim-"));
      try {
        const [keys, settings, file] = ["keys", "opendkim.conf", "message"].map((name) =>
          join(directory, name),
        ) as [string, string, string];
        await writeFile(keys, `${NAME} ${KEY}\n`);
        await writeFile(settings, `Mode v\nTestPublicKeys ${keys}\n`);
        await writeFile(file, message);
        const { out, code } = await run("/usr/sbin/opendkim", ["-x", settings, "-vv", "-t", file], null);
        return code === 0 && /verification \([^)]*\) succeeded/.test(out);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  },
];

async function run(
  program: string,
  args: readonly string[],
  input: Buffer | null,
): Promise<{ readonly code: number | null; readonly out: string }> {
  return await new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      { env: { ...process.env, KEY }, timeout: 30_000 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== "number") reject(error);
        else resolve({ code: child.exitCode, out: stdout + stderr });
      },
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? undefined);
  });
}

suite("signatures before other verifiers", { timeout: 60_000 }, () => {
  const signed = async (): Promise<Buffer> => {
    const signature = await signMessage({ header: HEADER, body: BODY, keys: [rsaKey], now: new Date() });
    return Buffer.concat([Buffer.from(signature), Buffer.from(HEADER), Buffer.from("\r\n"), BODY]);
  };
  for (const { name, path, passes } of JUDGES) {
    const skip = existsSync(path) ? false : `${path} is not installed`;
    test(`${name} passes them`, { skip }, async () => {
      assert.equal(await passes(await signed()), true);
    });

    test(`${name} fails a message with a second field of those that say who, to whom and what`, {
      skip,
    }, async () => {
      const message = await signed();
      const second = ["From: x@evil.test", "To: x@evil.test", "Subject: x", "Date: x", "Message-ID: <x@x>"];
      for (const field of second) {
        const abused = Buffer.concat([Buffer.from(`${field}\r\n`), message]);
        assert.equal(await passes(abused), false, field);
      }
    });
  }
});
