import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";
import { startProcess } from "../own-process.ts";
import { waitForListener } from "../peers/listening.ts";
import { opendkimVersion, startPostfixInstance } from "../peers/postfix.ts";
import { findProgram } from "../peers/programs.ts";
import { type InboundContender, MAILBOXES } from "./contender.ts";

/** Debian's nobody and nogroup. */
const NOBODY = 65_534;
/** Documentation addresses (RFC 5737): nobody is exempt from the checks, least of all this machine. */
const NO_HOST = "192.0.2.1\n";

/**
 * Starts Postfix with OpenDKIM and OpenDMARC (which checks SPF, too) as milters, and a Dovecot that takes the mail over LMTP and
 * keeps it as Maildir: instances of the bench's own, with Debian's settings otherwise, in a temporary directory.
 *
 * @param nameserver an address with a DNS server at port 53, which the milters ask; they have no setting for a port
 * @param signer the DKIM key's name in the DNS, and its record
 * @returns why not, where something is missing
 */
export async function startPostfixInbound(options: {
  readonly nameserver: string;
  readonly signer: { readonly name: string; readonly record: string };
  readonly rig: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Promise<InboundContender | string> {
  const { nameserver, signer, rig, signal } = options;
  const programs = ["postfix", "opendkim", "opendmarc", "dovecot", "unshare"].map(
    (name) => [name, findProgram(name)] as const,
  );
  const missing = programs.filter(([, path]) => path === null).map(([name]) => name);
  if (missing.length > 0) return `${missing.join(", ")} not installed: Postfix is NOT measured`;
  if (process.getuid?.() !== 0) return "Postfix can only be started by root: it is NOT measured";
  const path = (name: string): string => findProgram(name) ?? name;

  const directory = await mkdtemp(join(tmpdir(), "waxwing-bench-inbound-"));
  rig.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  // Its daemons are other users, who must get through.
  await chmod(directory, 0o755);
  const write = async (name: string, lines: readonly string[]): Promise<string> => {
    await writeFile(join(directory, name), `${lines.join("\n")}\n`);
    return join(directory, name);
  };
  const resolvConf = await write("resolv.conf", [`nameserver ${nameserver}`]);
  const noHost = await write("no-host", [NO_HOST]);
  const home = join(directory, "mail");
  await mkdir(home);
  await chown(home, NOBODY, NOBODY);

  const ports = {
    dkim: await freePort(),
    dmarc: await freePort(),
    lmtp: await freePort(),
    smtp: await freePort(),
  };
  const start = async (name: string, port: number, command: string, args: readonly string[]) => {
    const started = rig.use(await startProcess({ name, command, args }));
    await waitForListener(port, started, signal);
    return started.pid;
  };
  // With a resolv.conf of its own, which nobody else sees.
  const startMilter = (name: string, port: number, configFlag: string, file: string): Promise<number> =>
    start(name, port, path("unshare"), [
      ...["--mount", "sh", "-c", 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', "sh"],
      ...[resolvConf, path(name), "-f", configFlag, file],
    ]);
  // OpenDKIM asks through libunbound, with which Debian's dies under load: it reads its key from a file instead, which costs it less.
  const keys = await write("keys", [`${signer.name} ${signer.record}`]);
  const dkim = await write("opendkim.conf", [
    `Socket inet:${ports.dkim}@127.0.0.1`,
    ...["Mode v", "Background no", "Syslog no", `InternalHosts ${noHost}`, "AlwaysAddARHeader yes"],
    `TestPublicKeys ${keys}`,
    "AuthservID bench.waxwing.test",
  ]);
  const dmarc = await write("opendmarc.conf", [
    `Socket inet:${ports.dmarc}@127.0.0.1`,
    ...["Background no", "Syslog no", `IgnoreHosts ${noHost}`, "SPFIgnoreResults yes", "SPFSelfValidate yes"],
    ...["AuthservID bench.waxwing.test", "TrustedAuthservIDs bench.waxwing.test"],
  ]);
  const dovecot = await write("dovecot.conf", dovecotSettings(directory, home, ports.lmtp));
  const roots = [
    await startMilter("opendkim", ports.dkim, "-x", dkim),
    await startMilter("opendmarc", ports.dmarc, "-c", dmarc),
    await start("dovecot", ports.lmtp, path("dovecot"), ["-F", "-c", dovecot]),
  ];
  const postfix = await startPostfixInstance({
    program: path("postfix"),
    directory,
    port: ports.smtp,
    settings: [
      "myhostname = bench.waxwing.test",
      "virtual_mailbox_domains = waxwing.test",
      "virtual_mailbox_maps = static:all",
      `virtual_transport = lmtp:inet:127.0.0.1:${ports.lmtp}`,
      `smtpd_milters = inet:127.0.0.1:${ports.dkim}, inet:127.0.0.1:${ports.dmarc}`,
    ],
    rig,
    signal,
  });
  const dovecotVersion = execFileSync(path("dovecot"), ["--version"], { encoding: "utf8" }).split(" ")[0];
  return {
    name:
      `Postfix ${postfix.version} + OpenDKIM ${opendkimVersion(path("opendkim"))} + OpenDMARC, ` +
      `into Dovecot ${dovecotVersion}`,
    port: ports.smtp,
    roots: [...roots, postfix.master],
    parts: null,
    settle: async () => {
      const waiting = async (): Promise<number> => {
        const queues = ["maildrop", "incoming", "active", "deferred"].map((name) =>
          readdir(join(postfix.queue, name), { recursive: true }).catch(() => []),
        );
        return (await Promise.all(queues)).flat().filter((name) => /[\w]{6,}$/.test(name)).length;
      };
      while ((await waiting()) > 0) await sleep(10, undefined, { signal });
    },
    look: async () => {
      let filed = 0;
      let verdict = "";
      for (let n = 0; n < MAILBOXES; n++) {
        const folder = join(home, `box${n}`, "Maildir", "new");
        const names = await readdir(folder).catch(() => []);
        filed += names.length;
        if (names[0] !== undefined) verdict = verdictOf(await readFile(join(folder, names[0]), "latin1"));
      }
      return { filed, verdict };
    },
  };
}

/** The results in the message's Authentication-Results fields, of which each milter adds its own. */
function verdictOf(message: string): string {
  const header = message.slice(0, message.search(/\r?\n\r?\n/));
  const fields = header.match(/^Authentication-Results:.*(?:\r?\n[ \t].*)*/gim) ?? [];
  return ["spf", "dkim", "dmarc"]
    .map((method) => fields.join(" ").match(new RegExp(`\\b${method}=\\w+`))?.[0] ?? `${method}=?`)
    .join(" ");
}

/** Its defaults, but for where things are. */
function dovecotSettings(directory: string, home: string, port: number): readonly string[] {
  return [
    `base_dir = ${directory}/run`,
    `state_dir = ${directory}/state`,
    `log_path = ${directory}/log`,
    ...["protocols = lmtp", "listen = 127.0.0.1", "ssl = no", "first_valid_uid = 1"],
    "mail_location = maildir:~/Maildir",
    "auth_username_format = %Ln",
    ...[
      "service lmtp {",
      "  inet_listener lmtp {",
      "    address = 127.0.0.1",
      `    port = ${port}`,
      "  }",
      "}",
    ],
    ...["passdb {", "  driver = static", "  args = nopassword=y", "}"],
    ...["userdb {", "  driver = static", `  args = uid=${NOBODY} gid=${NOBODY} home=${home}/%u`, "}"],
  ];
}
