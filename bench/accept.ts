import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../packages/store/src/database.ts";
import { type AcceptRig, startAcceptRig, type Taker } from "./accept-rig.ts";
import { type CpuTimes, cpuBetween, readCpuTimes } from "./cpu.ts";
import { type Load, startLoad } from "./load.ts";
import type { LoadPlan } from "./load-plan.ts";
import { postgresVersion, redisVersion } from "./machine.ts";
import type { BackendName, BenchOptions } from "./options.ts";
import { renderProfile } from "./profile.ts";
import { type BenchRedis, startRedis } from "./redis.ts";
import { type Cell, median, spread, table } from "./report.ts";

/** One measured run of one kind of request. */
interface AcceptRun {
  readonly requests: number;
  readonly messages: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly elapsedMs: number;
  readonly cpu: CpuTimes;
  readonly window: { readonly fromUs: number; readonly toUs: number };
}

interface Case {
  readonly name: string;
  readonly taker: "waxwing" | "bare";
  readonly plan: Omit<LoadPlan, "api" | "apiKey" | "domains">;
}

/** JIT, connections, the first pages of tables: discarded. */
const WARM_UP_REQUESTS = 2_000;
const TOGETHER = 1_000;
/** Requests of a thousand messages in a run, one after the other. */
const LARGE_REQUESTS = 10;

const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

/**
 * Measures accepting alone: Waxwing's role `api` in one process, nobody delivers. The cases take turns, so that what else the
 * machine does meets them alike. Every run is checked against the rows in the database.
 *
 * @returns the report
 * @throws when a request was refused or a row is missing
 */
export async function measureAccept(
  backend: BackendName,
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using cleanup = new AsyncDisposableStack();
  const redis = backend === "redis" ? cleanup.use(await startRedis(signal)) : null;
  if (backend === "redis" && redis === null)
    return "redis-server is not on PATH: the Redis backend is NOT measured";
  const profileDir = options.profile ? await mkdtemp(join(tmpdir(), "waxwing-bench-profile-")) : null;
  if (profileDir !== null) cleanup.defer(() => rm(profileDir, { recursive: true, force: true }));
  const rig = cleanup.use(await startAcceptRig({ redisUrl: redis?.url ?? null, profileDir, signal }));
  const load = cleanup.use(await startLoad(signal));
  const queue = redis === null ? postgresVersion(rig.postmaster) : redisVersion();
  say(`Queue on ${queue}, store on ${postgresVersion(rig.postmaster)}`);

  const { messages, connections } = options;
  const large = { messages: LARGE_REQUESTS, connections: 1, together: TOGETHER };
  const cases: readonly Case[] = [
    { name: "POST /send", taker: "waxwing", plan: { messages, connections } },
    { name: "bare route, one row", taker: "bare", plan: { messages, connections } },
    { name: "POST /send/batch of 1,000", taker: "waxwing", plan: { ...large, shape: "batch" } },
    {
      name: "POST /v3/mail/send, 1,000 personalizations",
      taker: "waxwing",
      plan: { ...large, shape: "personalizations" },
    },
  ];
  const measured = new Map<Case, AcceptRun[]>(cases.map((each) => [each, []]));
  for (const each of cases) {
    const requests = Math.min(each.plan.messages, WARM_UP_REQUESTS);
    await measure(rig, load, redis, options, { ...each, plan: { ...each.plan, messages: requests } });
  }
  for (let number = 1; number <= options.runs; number++) {
    for (const each of cases) {
      signal.throwIfAborted();
      const run = await measure(rig, load, redis, options, each);
      measured.get(each)?.push(run);
      say(
        `  run ${number} of ${options.runs}, ${each.name}: ${run.perSecond.toFixed(run.perSecond < 100 ? 1 : 0)}/s`,
      );
    }
  }
  const report = renderAccept([...measured].map(([{ name }, runs]) => [name, runs]));
  if (profileDir === null) return report;
  // The profile is written as the process ends.
  await rig.waxwing.process[Symbol.asyncDispose]();
  const [single = []] = measured.values();
  return `${report}\n\n${await renderProfile(profileDir, single)}\n`;
}

async function measure(
  rig: AcceptRig,
  load: Load,
  redis: BenchRedis | null,
  { domains }: BenchOptions,
  { taker: name, plan }: Case,
): Promise<AcceptRun> {
  const taker: Taker = rig[name];
  const pids = {
    waxwing: taker.process.pid,
    postmaster: rig.postmaster,
    redis: redis?.process.pid ?? null,
    sink: 0,
    load: load.process.pid,
  };
  const rowsBefore = await countRows(rig, name);
  const before = await readCpuTimes(pids);
  const fromUs = nowUs();
  const taken = await load.send({ ...plan, api: taker.api, apiKey: taker.apiKey, domains });
  const toUs = nowUs();
  const cpu = cpuBetween(before, await readCpuTimes(pids));
  const messages = plan.messages * (plan.together ?? 1);
  const rows = (await countRows(rig, name)) - rowsBefore;
  if (rows !== messages) throw new Error(`${messages} messages were taken and ${rows} are stored`);
  return {
    requests: plan.messages,
    messages,
    perSecond: (plan.messages / taken.durationMs) * 1_000,
    p50Ms: taken.p50Ms,
    p99Ms: taken.p99Ms,
    elapsedMs: (toUs - fromUs) / 1_000,
    cpu,
    window: { fromUs, toUs },
  };
}

/** The recipients that would be delivered, or the rows of the bare server. */
async function countRows({ databaseUrl }: AcceptRig, taker: Case["taker"]): Promise<number> {
  await using db = openDatabase({ url: databaseUrl, poolSize: 1, onError: () => undefined });
  const { rows } = await db.pool.query<{ count: string }>(
    `SELECT count(*) FROM ${taker === "bare" ? "bare_messages" : "backlog"}`,
  );
  return Number(rows[0]?.count);
}

function renderAccept(results: readonly (readonly [string, readonly AcceptRun[]])[]): string {
  const rows = results.map(([name, runs]): readonly Cell[] => {
    const figure = (part: (run: AcceptRun) => number, digits: number): Cell =>
      median(runs.map(part)).toFixed(digits);
    const perRequest = (part: (cpu: CpuTimes) => number): Cell =>
      figure((run) => part(run.cpu) / run.requests, 2);
    const rates = runs.map((run) => run.perSecond);
    return [
      name,
      spread(rates, median(rates) < 100 ? 1 : 0),
      figure((run) => run.p50Ms, 1),
      figure((run) => run.p99Ms, 1),
      perRequest((cpu) => cpu.waxwing),
      perRequest((cpu) => cpu.mainThread),
      perRequest((cpu) => cpu.postgres),
      perRequest((cpu) => cpu.redis),
      perRequest((cpu) => cpu.load),
      `${figure(({ cpu, elapsedMs }) => (others(cpu) / elapsedMs) * 100, 0)}%`,
    ];
  });
  return [
    "",
    table(
      [
        ...["request", "requests/s", "p50 ms", "p99 ms", "server", "main thread", "PostgreSQL", "Redis"],
        ...["client", "others"],
      ],
      rows,
    ),
    "",
    "server, main thread, PostgreSQL, Redis, client: CPU per request, ms, user and system. others: programs that are not the bench's,",
    "of one core; rates are only worth comparing where it is small, CPU nearly always.",
  ].join("\n");
}

const others = ({ machine, waxwing, postgres, redis, load }: CpuTimes): number =>
  Math.max(0, machine - waxwing - postgres - redis - load);
