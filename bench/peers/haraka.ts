import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../free-port.ts";
import { startProcess } from "../own-process.ts";
import type { BenchKey, Started } from "./contender.ts";
import { waitForListener } from "./listening.ts";

/** What is installed, once, into a directory of the temporary one: nothing of ours depends on it. */
const PACKAGES = ["Haraka@3.3.4", "haraka-plugin-dkim@1.3.1", "haraka-plugin-relay@1.0.2"] as const;
const INSTALL_MS = 300_000;

/**
 * Starts Haraka, a process per core, with its DKIM plugin; it queues on disk and relays everything to the sink, over connections of
 * which it may have as many as Waxwing.
 */
export async function startHaraka(options: {
  readonly sinkPort: number;
  readonly key: BenchKey;
  readonly rig: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Promise<Started> {
  const { sinkPort, key, rig, signal } = options;
  const installed = join(tmpdir(), `waxwing-bench-${PACKAGES[0].replace("@", "-")}`);
  const program = join(installed, "node_modules/Haraka/bin/haraka");
  try {
    await install(installed, signal);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return {
      kind: "missing",
      reason: `Haraka could not be installed from npm: it is NOT measured (${why})`,
    };
  }
  const directory = await mkdtemp(join(tmpdir(), "waxwing-bench-haraka-"));
  rig.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const port = await freePort();
  const files: Readonly<Record<string, string>> = {
    "config/smtp.ini": `listen=127.0.0.1:${port}\nnodes=${availableParallelism()}\n`,
    "config/plugins": "relay\ndkim\nto_the_sink\n",
    "config/relay.ini": "[relay]\nacl=true\n",
    "config/relay_acl_allow": "127.0.0.0/8\n",
    "config/me": `bench.${key.domain}\n`,
    "config/log.ini": "[main]\nlevel=error\n",
    "config/outbound.ini": "enable_tls=false\nlocal_mx_ok=true\nconcurrency_max=50\n",
    "config/dkim.ini": `[sign]
enabled=true
selector=${key.selector}
domain=${key.domain}
headers=From, To, Subject, Date, Message-ID, MIME-Version, Content-Type
[canon]
body=relaxed
[verify]
enabled=false
`,
    [`config/dkim/${key.domain}/private`]: key.privateKey,
    [`config/dkim/${key.domain}/selector`]: key.selector,
    "config/dkim.private.key": key.privateKey,
    // With outbound's own hook, mail for every domain takes the way that Haraka's mail takes to an MX.
    "plugins/to_the_sink.js": `exports.hook_get_mx = (next) =>
  next(OK, [{ priority: 0, exchange: "127.0.0.1", port: ${sinkPort} }]);
exports.register = function () { this.register_hook("get_mx", "hook_get_mx"); };
`,
    "queue/.keep": "",
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, dirname(name)), { recursive: true });
    await writeFile(join(directory, name), text, { mode: 0o600 });
  }
  // Its limits, which `haraka -i` would copy; without them it fails at the first connection.
  await copyFile(
    join(installed, "node_modules/Haraka/config/connection.ini"),
    join(directory, "config/connection.ini"),
  );
  const haraka = rig.use(
    await startProcess({
      name: "Haraka",
      command: process.execPath,
      args: [program, "-c", directory],
    }),
  );
  await waitForListener(port, haraka, signal);
  const { version } = JSON.parse(
    await readFile(join(installed, "node_modules/Haraka/package.json"), "utf8"),
  ) as {
    readonly version: string;
  };
  return {
    kind: "running",
    contenders: [
      {
        name: `Haraka ${version} + its DKIM plugin`,
        door: { api: "", apiKey: "", smtp: { port, login: null } },
        processes: async () => [haraka.pid],
        expect: async () => async () => undefined,
      },
    ],
  };
}

/** Leaves what is there already alone. */
async function install(directory: string, signal: AbortSignal): Promise<void> {
  const done = join(directory, "installed");
  if ((await readFile(done, "latin1").catch(() => "")) === PACKAGES.join()) return;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{ "private": true }\n');
  await promisify(execFile)(
    "npm",
    ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", ...PACKAGES],
    { cwd: directory, timeout: INSTALL_MS, signal },
  );
  await writeFile(done, PACKAGES.join());
}
