import { execFileSync, spawn } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A Dovecot of a test's own. Each address that clients connect from, 127.0.x.y, has a mailbox of its own for user `ann`. */
export interface Dovecot extends AsyncDisposable {
  readonly ports: { readonly imap: number; readonly pop3: number };
}

const PROGRAM = "dovecot";
/** Debian's nobody and nogroup. */
const NOBODY = 65_534;
const START_MS = 30_000;

/**
 * Starts Dovecot 2.3 in a temporary directory, with the folders of a Waxwing mailbox and the password `secret`. A machine may lack it,
 * or the test may not be root, as whom its master process wants to be started: the test then says so and is skipped, except in CI,
 * where it fails. Returns null if it was skipped.
 */
export async function startDovecot(t: TestContext): Promise<Dovecot | null> {
  const lack = whatIsMissing();
  if (lack !== null) {
    if (process.env.CI !== undefined) throw new Error(lack);
    t.diagnostic(`NOT TESTED: ${lack}`);
    t.skip(lack);
    return null;
  }
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "waxwing-dovecot-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  // Its login processes run as somebody else.
  await chmod(directory, 0o755);
  const homes = join(directory, "homes");
  await mkdir(homes);
  await chown(homes, NOBODY, NOBODY);
  const ports = { imap: await freePort(), pop3: await freePort() };
  const file = join(directory, "dovecot.conf");
  await writeFile(join(directory, "users"), "ann:{PLAIN}secret\n");
  await writeFile(file, configuration(directory, ports));
  const child = spawn(PROGRAM, ["-F", "-c", file], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...withSbin(), TZ: "UTC" },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  stack.defer(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Dovecot does not start: ${said}`)), START_MS);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2_000);
      // Its sockets are bound by then.
      if (/starting up for/.test(said)) resolve();
    });
    child.once("close", () => reject(new Error(`Dovecot ended: ${said}`)));
    child.once("error", reject);
    void ended.then(() => clearTimeout(timer));
  });
  const owned = stack.move();
  return { ports, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function whatIsMissing(): string | null {
  if (process.getuid?.() !== 0) return "Dovecot is started by root only";
  try {
    const version = execFileSync(PROGRAM, ["--version"], { encoding: "utf8", env: withSbin() });
    return version.startsWith("2.3.") ? null : `the configuration is for Dovecot 2.3, not ${version.trim()}`;
  } catch {
    return "dovecot is not on this machine";
  }
}

/** Debian keeps it where only root looks. */
function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function configuration(directory: string, ports: Dovecot["ports"]): string {
  const folders = ["Auto-replies", "Bounces", "Complaints", "Drafts", "Junk", "Sent", "Trash"].map((name) => {
    const use = /^[DJST]/.test(name) ? `special_use = \\${name}` : "";
    return `  mailbox ${name} {\n    auto = subscribe\n    ${use}\n  }`;
  });
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_location = sdbox:~/mail
mail_max_userip_connections = 1000
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${ports.pop3}
  }
  inet_listener pop3s {
    port = 0
  }
}
passdb {
  driver = passwd-file
  args = ${directory}/users
}
userdb {
  driver = static
  args = uid=${NOBODY} gid=${NOBODY} home=${directory}/homes/%r
}
namespace inbox {
  inbox = yes
  separator = /
${folders.join("\n")}
}
`;
}
