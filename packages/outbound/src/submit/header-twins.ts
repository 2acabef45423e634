import { PRIORITIES } from "../accept.ts";
import { readPool } from "../egress/read-pool.ts";
import { submissionLimits } from "../submission.ts";
import type { Report } from "../submission-problems.ts";
import { readSendTime } from "../submission-time.ts";
import { checkTags, isObject, readGroup, readMetadata, type Wishes } from "./wishes.ts";

type ReadTwin = (value: string, field: string, report: Report, nowMs: number) => Wishes;

const MAX_BATCH_ID_CHARS = 255;

/** Each option of the API and the header field that says the same in a submitted message. Names in lower case. */
const TWINS: Readonly<Record<string, ReadTwin>> = {
  "x-waxwing-tags": (value, field, report) => {
    const tags = value.split(",").map((tag) => tag.trim());
    checkTags(tags, field, report);
    return { tags };
  },
  "x-waxwing-metadata": (value, field, report) => {
    const metadata = readMetadata(readJson(value), field, report);
    return metadata === undefined ? {} : { metadata };
  },
  "x-waxwing-send-at": (value, field, report, nowMs) => {
    const time = readSendTime(value, nowMs);
    if (time.kind === "time") return { sendAtMs: time.sendAtMs };
    report(field, time.reason);
    return {};
  },
  "x-waxwing-ttl": (value, field, report) => {
    const seconds = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (seconds >= 1 && seconds <= submissionLimits.ttlSeconds) return { ttlMs: seconds * 1000 };
    report(field, `must be a whole number of seconds from 1 to ${submissionLimits.ttlSeconds}`);
    return {};
  },
  "x-waxwing-priority": (value, field, report) => {
    const priority = PRIORITIES.find((word) => word === value.toLowerCase());
    if (priority !== undefined) return { priority };
    report(field, `must be one of ${PRIORITIES.join(", ")}`);
    return {};
  },
  "x-waxwing-track": readTrack,
  "x-waxwing-unsubscribe": (value, field, report) => {
    if (/^(?:yes|true)$/i.test(value)) return { unsubscribe: {} };
    if (/^(?:no|false)$/i.test(value)) return {};
    const group = readGroup(/^\d{1,10}$/.test(value) ? Number(value) : null, field, report);
    return group === undefined ? {} : { unsubscribe: { group } };
  },
  "x-waxwing-batch": (value, field, report) => {
    if (/^[\x21-\x7e]+$/.test(value) && value.length <= MAX_BATCH_ID_CHARS) return { batchId: value };
    report(field, "must be the id of a batch");
    return {};
  },
  "x-waxwing-pool": (value, field, report) => {
    const pool = readPool(value, field, report);
    return pool === undefined ? {} : { pool };
  },
  "x-waxwing-require-tls": (value, field, report) => {
    if (/^(?:yes|true)$/i.test(value)) return { requireTls: true };
    if (!/^(?:no|false)$/i.test(value)) report(field, "must be yes or no");
    return {};
  },
  // These two belong together and are read below.
  "x-waxwing-template": () => ({}),
  "x-waxwing-variables": () => ({}),
};

/** Is the field (name in lower case) one of ours? None of that prefix goes out: a misspelt one would tell others our words. */
export const isTwin = (name: string): boolean => name.startsWith("x-waxwing-");

/**
 * Reads the X-Waxwing-* fields of a message.
 *
 * @param fields name as written and decoded value, in the order they stand
 */
export function readTwins(
  fields: readonly (readonly [name: string, value: string])[],
  nowMs: number,
  report: Report,
): Wishes {
  const values = new Map<string, string>();
  let wishes: Wishes = {};
  for (const [name, value] of fields) {
    const lowerName = name.toLowerCase();
    const read = Object.hasOwn(TWINS, lowerName) ? TWINS[lowerName] : undefined;
    if (read === undefined) report(name, "is not a field of Waxwing");
    else if (values.has(lowerName)) report(name, "is there twice");
    else wishes = { ...wishes, ...read(value, name, report, nowMs) };
    values.set(lowerName, value);
  }
  return { ...wishes, ...readTemplate(values, report) };
}

function readTemplate(values: ReadonlyMap<string, string>, report: Report): Wishes {
  const id = values.get("x-waxwing-template");
  const written = values.get("x-waxwing-variables");
  if (id === undefined) {
    if (written !== undefined) report("X-Waxwing-Variables", "needs X-Waxwing-Template");
    return {};
  }
  const variables = written === undefined ? {} : readJson(written);
  if (!isObject(variables)) {
    report("X-Waxwing-Variables", "must be a JSON object");
    return {};
  }
  return { template: { id, variables, field: "X-Waxwing-Template" } };
}

function readTrack(value: string, field: string, report: Report): Wishes {
  if (/^(?:no|none|false)$/i.test(value)) return {};
  let track: NonNullable<Wishes["track"]> = {};
  for (const word of value.toLowerCase().split(",")) {
    switch (word.trim()) {
      case "opens":
        track = { ...track, opens: true };
        break;
      case "clicks":
      case "clicks=html":
        track = { ...track, clicks: "html" };
        break;
      case "clicks=all":
        track = { ...track, clicks: "all" };
        break;
      case "replies":
        track = { ...track, replies: true };
        break;
      default:
        report(field, "must be a list of opens, clicks (or clicks=all) and replies, or none");
        return {};
    }
  }
  return { track };
}

/** The value; undefined for what is no JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
