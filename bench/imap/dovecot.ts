import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { startProcess } from "../own-process.ts";
import { waitForListener } from "../peers/listening.ts";
import { findProgram } from "../peers/programs.ts";
import type { ImapContender } from "./contender.ts";

const PASSWORD = "bench-secret";
/** Debian's nobody and nogroup. */
const NOBODY = 65_534;

/**
 * Starts a Dovecot of its own on Maildir, without TLS, in a temporary directory. Null when there is none on this machine, or this is
 * not root, as whom its master process wants to be started.
 */
export async function startDovecot(options: {
  readonly rig: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Promise<ImapContender | null> {
  const { rig, signal } = options;
  const program = findProgram("dovecot");
  if (program === null || process.getuid?.() !== 0) return null;
  const directory = await mkdtemp(join(tmpdir(), "waxwing-bench-dovecot-"));
  rig.defer(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  const home = join(directory, "mail");
  await mkdir(home);
  await chown(home, NOBODY, NOBODY);
  const port = await freePort();
  const file = join(directory, "dovecot.conf");
  await writeFile(file, configuration(directory, home, port));
  const dovecot = rig.use(
    await startProcess({ name: "dovecot", command: program, args: ["-F", "-c", file] }),
  );
  await waitForListener(port, dovecot, signal);
  const version = execFileSync(program, ["--version"], { encoding: "utf8" }).split(" ")[0];
  const name = `Dovecot ${version}, Maildir`;
  return { name, port, username: "bench", password: PASSWORD, roots: [dovecot.pid] };
}

/** Its defaults, but for where things are, no TLS, and room for as many sessions as the bench opens. */
function configuration(directory: string, home: string, port: number): string {
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 10000
default_process_limit = 10000
default_client_limit = 20000
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${NOBODY} gid=${NOBODY} home=${home}/%u
}
namespace inbox {
  inbox = yes
  mailbox Trash {
    auto = create
  }
}
`;
}
