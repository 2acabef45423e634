import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect as connectSocket, createServer } from "node:net";
import type { Config, Door } from "@waxwing/runtime";
import { type Database, listDomains, listProjects, openDatabase } from "@waxwing/store";
import { type Command, columns } from "./command.ts";
import { configOf, databaseUrlOf, openLanes } from "./connect.ts";

/** What a look at one thing came to. `advice`: what to do. */
interface Verdict {
  readonly what: string;
  readonly verdict: "ok" | "warning" | "bad";
  readonly says: string;
  readonly advice?: string;
}

const PATIENCE_MS = 5_000;
/** A host that takes mail from everybody; nothing is said to it. */
const PROBE = "gmail-smtp-in.l.google.com";
const DAY_MS = 86_400_000;

/** `waxwing doctor`: whether everything that the platform needs is there. */
export const doctor: Command = {
  summary: "check configuration, database, Redis, ports, DNS, clock, certificate and port 25",
  usage: "doctor [--offline] [--json]",
  help: `
  --offline    do not try to reach the outside world

The exit code is 1 when something is bad, 0 with warnings alone, 78 when the configuration cannot be read.

  waxwing doctor`,
  options: { offline: { type: "boolean" } },
  run: async (input) => {
    const config = configOf(input.env);
    const url = await databaseUrlOf(config);
    const verdicts = (
      await Promise.all([
        database(config, url),
        redis(config),
        ports(config, url !== null),
        certificate(config),
        input.has("offline") ? [] : port25(),
      ])
    ).flat();
    verdicts.unshift({ what: "configuration", verdict: "ok", says: `read; we are ${config.hostname}` });
    const marks = { ok: "ok", warning: "WARN", bad: "BAD" } as const;
    const rows = verdicts.flatMap(({ what, verdict, says, advice }) => [
      [marks[verdict], what, says],
      ...(advice === undefined ? [] : [["", "", `-> ${advice}`]]),
    ]);
    input.show({ verdicts }, columns(rows));
    return verdicts.some(({ verdict }) => verdict === "bad") ? 1 : 0;
  },
};

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

async function database(config: Config, url: string | null): Promise<readonly Verdict[]> {
  if (url === null)
    return [
      {
        what: "database",
        verdict: "warning",
        says: `the embedded one in ${config.dataDir} is not running`,
        advice: "run `waxwing start`, or set DATABASE_URL",
      },
    ];
  const db = openDatabase({ url, poolSize: 1, onError: () => undefined });
  try {
    const beforeMs = Date.now();
    const { rows } = await db.pool.query<{ version: number; version_text: string; now: Date }>(
      "SELECT current_setting('server_version_num')::integer AS version, current_setting('server_version') AS version_text, clock_timestamp() AS now",
    );
    const [row] = rows;
    if (row === undefined) throw new Error("it answered nothing");
    const skewMs = Math.abs(row.now.getTime() - (beforeMs + Date.now()) / 2);
    return [
      row.version >= 150_000
        ? { what: "database", verdict: "ok", says: `PostgreSQL ${row.version_text}` }
        : {
            what: "database",
            verdict: "bad",
            says: `PostgreSQL ${row.version_text}`,
            advice: "upgrade it to 15 or later",
          },
      skewMs < 2_000
        ? { what: "clock", verdict: "ok", says: "agrees with the database's" }
        : {
            what: "clock",
            verdict: "bad",
            says: `differs from the database's by ${(skewMs / 1_000).toFixed(1)} s`,
            advice: "run a time service (chrony, systemd-timesyncd) on both machines",
          },
      ...(await domains(db)),
    ];
  } catch (error) {
    return [
      {
        what: "database",
        verdict: "bad",
        says: messageOf(error),
        advice: "check DATABASE_URL, and run `waxwing migrate`",
      },
    ];
  } finally {
    await db[Symbol.asyncDispose]();
  }
}

/** By the last look, which every domain gets daily. */
async function domains(db: Database): Promise<readonly Verdict[]> {
  const projects = await listProjects(db, { before: null, limit: 1_000 });
  const all = (await Promise.all(projects.map(({ id }) => listDomains(db, id)))).flat();
  return all.map(({ name, verifiedAt, lastCheck }): Verdict => {
    const what = `domain ${name}`;
    if (lastCheck === null)
      return verifiedAt === null
        ? { what, verdict: "warning", says: "not verified", advice: `run \`waxwing domain verify ${name}\`` }
        : { what, verdict: "ok", says: "verified by the configuration; its DNS was not looked at yet" };
    const wrong = lastCheck.records.filter(({ verdict }) => verdict === "missing" || verdict === "mismatch");
    if (wrong.length === 0)
      return { what, verdict: "ok", says: `its records were right at ${lastCheck.checkedAt}` };
    const says = wrong.map(({ type, name: host, verdict }) => `${type} ${host} ${verdict}`).join(", ");
    return { what, verdict: "warning", says, advice: `run \`waxwing domain verify ${name}\`` };
  });
}

async function redis(config: Config): Promise<readonly Verdict[]> {
  if (config.redisUrl === null)
    return [{ what: "queue", verdict: "ok", says: "on PostgreSQL, because REDIS_URL is not set" }];
  const gone = {
    what: "queue",
    verdict: "bad",
    says: "Redis does not answer",
    advice: "check REDIS_URL",
  } as const;
  const queue = await openLanes({ kind: "redis", url: config.redisUrl });
  if (queue === null) return [gone];
  await queue[Symbol.asyncDispose]();
  return [{ what: "queue", verdict: "ok", says: "Redis answers" }];
}

async function ports(config: Config, running: boolean): Promise<readonly Verdict[]> {
  const doors = Object.entries(config.listen) as [Door, Config["listen"][Door]][];
  return await Promise.all(
    doors.map(async ([door, place]): Promise<Verdict> => {
      const what = `port ${door}`;
      if (place === "off") return { what, verdict: "ok", says: "off" };
      const where = `${place.host}:${place.port}`;
      const variable = `WAXWING_${door.toUpperCase()}_LISTEN`;
      if (place.port !== 0 && (await reach(place.host, place.port)))
        return running
          ? { what, verdict: "ok", says: `${where} is open` }
          : {
              what,
              verdict: "bad",
              says: `${where} is taken by another program`,
              advice: `stop it, or set ${variable} to another address`,
            };
      const problem = await bindable(place);
      if (problem === null) return { what, verdict: "ok", says: `${where} is free` };
      return {
        what,
        verdict: "bad",
        says: `${where}: ${problem}`,
        advice: `set ${variable} to an address that this user may listen at`,
      };
    }),
  );
}

async function bindable(place: { readonly host: string; readonly port: number }): Promise<string | null> {
  const server = createServer();
  const problem = await new Promise<string | null>((resolve) => {
    server.once("error", (error) => resolve(messageOf(error)));
    server.listen({ ...place, exclusive: true }, () => resolve(null));
  });
  if (problem === null) await new Promise((resolve) => server.close(resolve));
  return problem;
}

async function reach(host: string, port: number): Promise<boolean> {
  const socket = connectSocket({ host, port, timeout: PATIENCE_MS });
  const reached = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("timeout", () => resolve(false));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  return reached;
}

async function certificate(config: Config): Promise<readonly Verdict[]> {
  const what = "certificate";
  if (config.tls === null)
    return [
      {
        what,
        verdict: "warning",
        says: "self-signed",
        advice: "set WAXWING_TLS_CERT and WAXWING_TLS_KEY before others connect",
      },
    ];
  try {
    const parsed = new X509Certificate(await readFile(config.tls.certPath));
    const daysLeft = Math.floor((Date.parse(parsed.validTo) - Date.now()) / DAY_MS);
    const names =
      parsed.checkHost(config.hostname) === undefined ? `, and is not made out to ${config.hostname}` : "";
    const says = `ends in ${daysLeft} days (${parsed.validTo})${names}`;
    if (daysLeft < 0) return [{ what, verdict: "bad", says, advice: "renew it; it is read again by itself" }];
    if (daysLeft < 14 || names !== "")
      return [{ what, verdict: "warning", says, advice: "renew it; it is read again by itself" }];
    return [{ what, verdict: "ok", says }];
  } catch (error) {
    return [{ what, verdict: "bad", says: messageOf(error), advice: "check WAXWING_TLS_CERT" }];
  }
}

async function port25(): Promise<readonly Verdict[]> {
  const what = "port 25 outbound";
  if (await reach(PROBE, 25)) return [{ what, verdict: "ok", says: `${PROBE} can be reached` }];
  return [
    {
      what,
      verdict: "warning",
      says: `${PROBE} cannot be reached on port 25`,
      advice: "ask your provider to open it, or send through a smarthost (`*` in WAXWING_ROUTES, or a route)",
    },
  ];
}
