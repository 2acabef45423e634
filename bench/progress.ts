import type { Waxwing } from "./waxwing.ts";

type Access = Pick<Waxwing, "api" | "apiKey">;

async function get(path: string, { api, apiKey }: Access, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(`${api}${path}`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
  });
  if (!answer.ok)
    throw new Error(`GET ${path} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
  return answer;
}

/** How many recipients have an outcome that is recorded, by state, since Waxwing started. Cheap: counters of the process. */
export async function readOutcomes(
  access: Access,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const metrics = await (await get("/metrics", access, signal)).text();
  const matches = metrics.matchAll(/^waxwing_outcomes_total\{state="(\w+)"\} (\d+)/gm);
  return new Map([...matches].map(([, state = "", count]) => [state, Number(count)]));
}

/** What the event log says of a run's recipients. */
export interface LogReading {
  /** Recipients accepted, and delivered. A recipient delivered twice makes this reading fail. */
  readonly accepted: number;
  readonly delivered: number;
  /** Events that say something went otherwise: deferred, bounced, dropped, expired. */
  readonly other: number;
  /** Where to read on. */
  readonly next: string;
}

interface Page {
  readonly events: readonly { readonly type: string; readonly recipient_id: string | null }[];
  readonly next: string;
}

const PAGE = 1_000;
const OTHERWISE = new Set(["deferred", "bounced", "dropped", "expired"]);

/**
 * Reads the event log from a cursor (null: its beginning) to its end.
 *
 * @throws when a recipient was delivered twice
 */
export async function readLog(
  access: Access,
  after: string | null,
  signal: AbortSignal,
): Promise<LogReading> {
  const accepted = new Set<string>();
  const delivered = new Set<string>();
  let other = 0;
  let cursor = after;
  for (;;) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor !== null && { after: cursor }) });
    const page = (await (await get(`/events?${query}`, access, signal)).json()) as Page;
    for (const { type, recipient_id: recipient } of page.events) {
      if (recipient === null) continue;
      if (type === "accepted") accepted.add(recipient);
      if (type === "delivered") {
        if (delivered.has(recipient)) throw new Error(`recipient ${recipient} was delivered twice`);
        delivered.add(recipient);
      }
      if (OTHERWISE.has(type)) other++;
    }
    cursor = page.next;
    if (page.events.length < PAGE)
      return { accepted: accepted.size, delivered: delivered.size, other, next: cursor };
  }
}
