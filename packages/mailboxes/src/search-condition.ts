import { foldText, isKeptField, type SearchKey } from "@waxwing/protocols";
import type { MailCondition } from "@waxwing/store";
import { contentHashStart, threadIdBytes } from "./object-id.ts";

/** What the store can tell of a search. */
export interface SearchPlan {
  /** True for every message that matches, and maybe for others. */
  readonly condition: MailCondition;
  /** True when it holds for no others. */
  readonly exact: boolean;
}

const ALL: SearchPlan = { condition: { kind: "all" }, exact: false };
/** Beyond this a set of UIDs is looked at here: each range is two parameters of a statement that may have 65,535. */
const MAX_RANGES = 1_000;
const DAY_MS = 86_400_000;

/** Turns a search program into a condition that leaves out only what cannot match. */
export function planSearch(key: SearchKey): SearchPlan {
  switch (key.kind) {
    case "all":
    case "none":
      return exactly({ kind: key.kind });
    case "and":
    case "or": {
      const plans = key.kind === "and" ? key.keys.map(planSearch) : [key.left, key.right].map(planSearch);
      const conditions = plans.map((plan) => plan.condition);
      return { condition: { kind: key.kind, conditions }, exact: plans.every((plan) => plan.exact) };
    }
    case "not": {
      // What may match too much would, turned round, leave out too much.
      const inner = planSearch(key.key);
      return inner.exact ? exactly({ kind: "not", condition: inner.condition }) : ALL;
    }
    case "uids": {
      if (key.ranges.length > MAX_RANGES) return ALL;
      const conditions = key.ranges.map((range) => ({ kind: "uids", ...range }) as const);
      return exactly({ kind: "or", conditions });
    }
    case "flag":
      return isStorable(key.flag) ? exactly({ kind: "flag", flag: key.flag }) : exactly({ kind: "none" });
    case "header":
      return planHeader(key.name, key.value);
    case "larger":
    case "smaller":
      return exactly({ kind: key.kind, sizeBytes: key.sizeBytes });
    case "modseq":
      return exactly({ kind: "modseq", atLeast: key.atLeast });
    case "arrived":
      return exactly({ kind: "arrived", is: key.is, at: key.at });
    case "internal-date":
      return planDate("arrived", key);
    case "save-date":
      return planDate("saved", key);
    case "email-id": {
      const hashStart = contentHashStart(key.id);
      return exactly(hashStart === null ? { kind: "none" } : { kind: "content", hashStart });
    }
    case "thread-id": {
      const threadId = threadIdBytes(key.id);
      return exactly(threadId === null ? { kind: "none" } : { kind: "thread", threadId });
    }
    case "body":
    case "text":
    case "sent-date":
      return ALL;
  }
}

function exactly(condition: MailCondition): SearchPlan {
  return { condition, exact: true };
}

/** The store looks for the text in all fields it keeps at once; which of them it is in is seen later. */
function planHeader(name: string, value: string): SearchPlan {
  const text = foldText(value);
  if (!isKeptField(name) || text === "" || !isStorable(text)) return ALL;
  return { condition: { kind: "fields", text }, exact: false };
}

function planDate(
  kind: "arrived" | "saved",
  key: { readonly is: "before" | "on" | "since"; readonly date: string },
): SearchPlan {
  const startMs = Date.parse(`${key.date}T00:00:00Z`);
  if (Number.isNaN(startMs)) return ALL;
  const start = new Date(startMs);
  if (key.is !== "on") return exactly({ kind, is: key.is, at: start });
  const end = new Date(startMs + DAY_MS);
  return exactly({
    kind: "and",
    conditions: [
      { kind, is: "since", at: start },
      { kind, is: "before", at: end },
    ],
  });
}

/** Text that PostgreSQL takes as a parameter, and that is stored as it is. */
function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
