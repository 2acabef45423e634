import {
  createHoldOrders,
  createQueueActs,
  createRecorder,
  type QueueActResult,
  readHoldSubject,
  readLaneKey,
} from "@waxwing/outbound";
import { createMetrics, newId } from "@waxwing/runtime";
import { HOLD_KINDS, type HoldKind, listHolds, listLaneDepths, type QueueSelection } from "@waxwing/store";
import { type Command, CommandError, type CommandInput, columns, UsageError } from "./command.ts";
import { type Connection, connect } from "./connect.ts";

/** `waxwing queue`: what waits, and orders for it. */
export const queue: Command = {
  summary: "what waits by destination; suspend, resume, requeue and bounce it",
  usage: "queue [list | holds | suspend | resume | requeue | bounce] ... [--project id] [--json]",
  help: `
  list [--limit n]                    lanes, the deepest first (this when nothing is said)
  holds                               what is held back
  suspend <kind> <value>              hold mail back: site, domain, project or tag
      [--reason text] [--for 2h]      why, and for how long
  resume <kind> <value>               let it go
  requeue <kind> <value> [--dry-run]  try again now what waits for another attempt
  bounce <kind> <value> --reason text [--dry-run]
                                      end what waits; requeue and bounce also take: message <id>

  --project id    only the mail of this project; everybody's when absent

  waxwing queue
  waxwing queue suspend domain example.org --reason "they asked us to wait" --for 2h
  waxwing queue resume domain example.org
  waxwing queue requeue site 'mx:(mx1,mx2).example.org'
  waxwing queue bounce tag newsletter-42 --reason "sent by mistake" --dry-run`,
  options: {
    limit: { type: "string" },
    reason: { type: "string" },
    for: { type: "string" },
    "dry-run": { type: "boolean" },
  },
  run: async (input) => {
    const [verb = "list", ...words] = input.words;
    const act = ACTS[verb];
    if (act === undefined) throw new UsageError(`there is no "queue ${verb}"`);
    await using connection = await connect(input);
    await act(
      { ...input, words },
      connection,
      input.text("project") === undefined ? null : connection.projectId,
    );
    return 0;
  },
};

type Act = (input: CommandInput, connection: Connection, projectId: string | null) => Promise<void>;

const list: Act = async (input, { db }, projectId) => {
  const limit = Number(input.text("limit") ?? "20");
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new UsageError("--limit is 1 to 1000");
  const lanes = await listLaneDepths(db, { projectId, limit, offset: 0 });
  const rows = lanes.map(({ lane, depth, isMinimum, underWay, oldestAt, nextDueAt }) => [
    readLaneKey(lane).site,
    readLaneKey(lane).pool,
    `${isMinimum ? ">=" : ""}${depth}`,
    String(underWay),
    oldestAt.toISOString(),
    nextDueAt.toISOString(),
  ]);
  const head = ["SITE", "POOL", "WAITING", "UNDER WAY", "OLDEST", "NEXT DUE"];
  input.show({ lanes }, lanes.length === 0 ? "Nothing waits." : columns([head, ...rows]));
};

const holds: Act = async (input, { db }, projectId) => {
  const found = await listHolds(db, projectId);
  const rows = found.map(({ kind, value, projectId: owner, until, reason }) => [
    kind,
    value,
    owner ?? "everybody",
    until?.toISOString() ?? "until resumed",
    reason,
  ]);
  input.show(
    { holds: found },
    found.length === 0
      ? "Nothing is held."
      : columns([["KIND", "VALUE", "WHOSE", "UNTIL", "REASON"], ...rows]),
  );
};

const suspend: Act = async (input, connection, projectId) => {
  const { kind, value } = subjectOf(input, HOLD_KINDS);
  const orders = createHoldOrders({ ...connection, lanes: await connection.lanes() });
  const forMs = readSpan(input.text("for"));
  const put = await orders.suspend(connection.actor, {
    kind,
    value,
    projectId,
    reason: input.text("reason") ?? "",
    until: forMs === null ? null : new Date(connection.clock.now() + forMs),
  });
  if (put.kind === "limit-reached") throw new CommandError("there are as many holds as there can be");
  const end = put.hold.until === null ? "until it is resumed" : `until ${put.hold.until.toISOString()}`;
  input.show(put.hold, `The ${kind} ${value} is held ${end}.`);
};

const resume: Act = async (input, connection, projectId) => {
  const { kind, value } = subjectOf(input, HOLD_KINDS);
  const orders = createHoldOrders({ ...connection, lanes: await connection.lanes() });
  const wanted = (await listHolds(connection.db, null)).filter(
    (hold) => hold.kind === kind && hold.value === value && hold.projectId === projectId,
  );
  if (wanted.length === 0) throw new CommandError(`no hold is on the ${kind} ${value}`);
  for (const { id } of wanted) await orders.resume(connection.actor, null, id);
  input.show({ lifted: wanted.map(({ id }) => id) }, `The ${kind} ${value} is free again.`);
};

const requeue: Act = async (input, connection, projectId) => {
  const selection = { ...subjectOf(input, [...HOLD_KINDS, "message"]), projectId };
  const acts = await actsOf(connection);
  await repeat(input, connection, selection, acts.requeue, "would be tried again", "are due now");
};

const bounce: Act = async (input, connection, projectId) => {
  const reason = input.text("reason") ?? "";
  if (!/^[^\0\r\n]{1,500}$/.test(reason)) throw new UsageError("--reason must be given, a line of text");
  const selection = { ...subjectOf(input, [...HOLD_KINDS, "message"]), projectId };
  const acts = await actsOf(connection);
  const end = (order: Parameters<typeof acts.requeue>[0]) => acts.bounce({ ...order, reason });
  await repeat(input, connection, selection, end, "would bounce", "have bounced");
};

const ACTS: Readonly<Record<string, Act>> = { list, holds, suspend, resume, requeue, bounce };

async function actsOf(connection: Connection): Promise<ReturnType<typeof createQueueActs>> {
  const leaseId = newId();
  const lanes = await connection.lanes();
  const record = createRecorder({
    ...connection,
    lanes,
    leaseId,
    hostname: connection.config.hostname,
    // Webhooks hear of it from their sweeper.
    notify: () => undefined,
    maxAgeMs: 0,
    retryScheduleMs: [],
    metrics: createMetrics({ processMetrics: false }),
  });
  return createQueueActs({ ...connection, lanes, leaseId, record });
}

async function repeat(
  input: CommandInput,
  connection: Connection,
  selection: QueueSelection,
  act: (order: Parameters<ReturnType<typeof createQueueActs>["requeue"]>[0]) => Promise<QueueActResult>,
  would: string,
  done: string,
): Promise<void> {
  const dryRun = input.has("dry-run");
  const total = { matched: 0, changed: 0 };
  let after: QueueActResult["next"] = null;
  do {
    const step = await act({ actor: connection.actor, selection, dryRun, after });
    total.matched += step.matched;
    total.changed += step.changed;
    after = step.next;
  } while (after !== null);
  const text = dryRun
    ? `${total.matched} recipients ${would}.`
    : `${total.changed} of ${total.matched} recipients ${done}.`;
  input.show({ ...total, dry_run: dryRun }, text);
}

function subjectOf<Kind extends HoldKind | "message">(
  { words }: CommandInput,
  kinds: readonly Kind[],
): { readonly kind: Kind; readonly value: string } {
  const [kindText, value, ...rest] = words;
  const kind = kinds.find((known) => known === kindText);
  if (kind === undefined || value === undefined || rest.length > 0)
    throw new UsageError(`needs one of ${kinds.join(", ")}, and its name`);
  const read = readHoldSubject(kind, value);
  if (read.kind === "invalid") throw new UsageError(`${value} ${read.message}`);
  return { kind, value: read.value };
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `30m`, `2h`, `3d` in milliseconds; null for none. */
function readSpan(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, count = "", unit = ""] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  if (count === "" || Number(count) === 0) throw new UsageError("--for is a time such as 90s, 30m, 2h or 3d");
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}
