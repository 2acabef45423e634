import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { type OwnProcess, startProcess } from "../own-process.ts";
import type { BenchKey } from "./contender.ts";
import { waitForListener } from "./listening.ts";

/** Starts OpenDKIM as a milter that signs everything from this machine; `directory` is for its files. */
export async function startOpendkim(options: {
  readonly program: string;
  readonly directory: string;
  readonly key: BenchKey;
  readonly signal: AbortSignal;
}): Promise<{ readonly process: OwnProcess; readonly port: number }> {
  const { program, directory, key, signal } = options;
  const port = await freePort();
  const keyFile = join(directory, "dkim.pem");
  await writeFile(keyFile, key.privateKey, { mode: 0o600 });
  const settings = join(directory, "opendkim.conf");
  await writeFile(
    settings,
    [
      `Socket inet:${port}@127.0.0.1`,
      "Mode s",
      "Background no",
      "Syslog no",
      `Domain ${key.domain}`,
      `Selector ${key.selector}`,
      `KeyFile ${keyFile}`,
      // It refuses keys below a directory that others may write to, and temporary directories are such.
      "RequireSafeKeys no",
      "Canonicalization relaxed/relaxed",
      "SignatureAlgorithm rsa-sha256",
      "OversignHeaders From,To,Subject,Date,Message-ID",
      "InternalHosts 127.0.0.1",
      "",
    ].join("\n"),
  );
  const milter = await startProcess({
    name: "opendkim",
    command: program,
    args: ["-f", "-x", settings],
  });
  try {
    await waitForListener(port, milter, signal);
  } catch (error) {
    await milter[Symbol.asyncDispose]();
    throw error;
  }
  return { process: milter, port };
}
