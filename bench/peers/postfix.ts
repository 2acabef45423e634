import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { startProcess } from "../own-process.ts";
import type { BenchKey, Started } from "./contender.ts";
import { waitForListener } from "./listening.ts";
import { startOpendkim } from "./opendkim.ts";
import { findProgram } from "./programs.ts";

/**
 * Starts an instance of Postfix of the bench's own (its configuration, queue and data in a temporary directory) that signs through
 * OpenDKIM and relays everything to the sink. The settings are Debian's, with as many deliveries at once as Waxwing may have.
 */
export async function startPostfix(options: {
  readonly sinkPort: number;
  readonly key: BenchKey;
  readonly rig: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Promise<Started> {
  const { sinkPort, key, rig, signal } = options;
  const [postfix, opendkim] = [findProgram("postfix"), findProgram("opendkim")];
  if (postfix === null || opendkim === null) {
    const missing = postfix === null ? "postfix" : "opendkim";
    return { kind: "missing", reason: `${missing} is not installed: Postfix with OpenDKIM is NOT measured` };
  }
  if (process.getuid?.() !== 0)
    return { kind: "missing", reason: "Postfix can only be started by root: it is NOT measured" };

  const directory = await mkdtemp(join(tmpdir(), "waxwing-bench-postfix-"));
  rig.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  // Its daemons are other users, who must get through.
  await chmod(directory, 0o755);
  const milter = await startOpendkim({ program: opendkim, directory, key, signal });
  rig.use(milter.process);
  const port = await freePort();
  const { master, version: postfixVersion } = await startPostfixInstance({
    program: postfix,
    directory,
    port,
    settings: [
      `myhostname = bench.${key.domain}`,
      `relayhost = [127.0.0.1]:${sinkPort}`,
      "smtp_tls_security_level = none",
      "default_destination_concurrency_limit = 50",
      `smtpd_milters = inet:127.0.0.1:${milter.port}`,
    ],
    rig,
    signal,
  });
  const version = `Postfix ${postfixVersion} + OpenDKIM ${opendkimVersion(opendkim)}`;
  return {
    kind: "running",
    contenders: [
      {
        name: version,
        door: { api: "", apiKey: "", smtp: { port, login: null } },
        processes: async () => [master, milter.process.pid],
        // It keeps no books: the sink's count is all there is.
        expect: async () => async () => undefined,
      },
    ],
  };
}

/**
 * Starts an instance that lives in the directory, listens at the port of 127.0.0.1 and has nothing set but where things are and what
 * `settings` say.
 */
export async function startPostfixInstance(options: {
  readonly program: string;
  readonly directory: string;
  readonly port: number;
  readonly settings: readonly string[];
  readonly rig: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Promise<{ readonly master: number; readonly queue: string; readonly version: string }> {
  const { program, directory, port, settings, rig, signal } = options;
  const etc = join(directory, "etc");
  const queue = join(directory, "queue");
  const data = join(directory, "data");
  for (const path of [etc, queue, data]) await mkdir(path, { mode: 0o755 });
  const [uid, gid] = ["-u", "-g"].map((which) => Number(ask("id", [which, "postfix"])));
  if (uid === undefined || gid === undefined) throw new Error("there is no user postfix");
  await chown(data, uid, gid);
  const setting = (name: string): string => ask("postconf", ["-h", name]);
  await writeFile(
    join(etc, "main.cf"),
    `compatibility_level = 3.6
config_directory = ${etc}
queue_directory = ${queue}
data_directory = ${data}
daemon_directory = ${setting("daemon_directory")}
command_directory = ${setting("command_directory")}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
initial_destination_concurrency = 20
milter_default_action = tempfail
${settings.join("\n")}
`,
  );
  await writeFile(join(etc, "master.cf"), masterCf(port));
  const instance = rig.use(
    await startProcess({ name: "Postfix", command: program, args: ["-c", etc, "start-fg"] }),
  );
  await waitForListener(port, instance, signal);
  const master = Number(await readFile(join(queue, "pid", "master.pid"), "latin1"));
  rig.defer(() => void execFileSync(program, ["-c", etc, "stop"], { stdio: "ignore" }));
  return { master, queue, version: setting("mail_version") };
}

/** Debian's services, without chroot, of which none but smtpd listens. */
function masterCf(port: number): string {
  const rows: readonly (readonly [service: string, wakeUp: string, limit: string, program: string])[] = [
    ["pickup", "60", "1", "pickup"],
    ["cleanup", "-", "0", "cleanup"],
    ["qmgr", "300", "1", "qmgr"],
    ["rewrite", "-", "-", "trivial-rewrite"],
    ["bounce", "-", "0", "bounce"],
    ["defer", "-", "0", "bounce"],
    ["trace", "-", "0", "bounce"],
    ["flush", "1000?", "0", "flush"],
    ["proxymap", "-", "-", "proxymap"],
    ["smtp", "-", "-", "smtp"],
    ["relay", "-", "-", "smtp"],
    ["lmtp", "-", "-", "lmtp"],
    ["error", "-", "-", "error"],
    ["retry", "-", "-", "error"],
    ["anvil", "-", "1", "anvil"],
    ["scache", "-", "1", "scache"],
  ];
  // pickup, cleanup, qmgr and flush are for Postfix's own commands as well.
  const isPublic = new Set(["pickup", "cleanup", "qmgr", "flush"]);
  const services = rows.map(
    ([service, wakeUp, limit, program]) =>
      `${service} unix ${isPublic.has(service) ? "n" : "-"} - n ${wakeUp} ${limit} ${program}`,
  );
  return [`127.0.0.1:${port} inet n - n - - smtpd`, ...services, ""].join("\n");
}

const ask = (program: string, args: readonly string[]): string =>
  execFileSync(findProgram(program) ?? program, args, { encoding: "utf8", timeout: 10_000 }).trim();

export function opendkimVersion(program: string): string {
  try {
    return /v([\w.~]+)/.exec(ask(program, ["-V"]))?.[1] ?? "";
  } catch {
    return "";
  }
}
