import type { Clock } from "@waxwing/runtime";
import { type Database, findEgressPoolProjects } from "@waxwing/store";
import type { Submission, SubmissionRefusal } from "../accept.ts";
import { DEFAULT_POOL } from "./lane-key.ts";

/** A pool that was made or deleted counts within this time. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 10_000;

/** Refuses a submission that names a pool which its project does not have. Null: none, or one that it has. */
export function createPoolCheck(options: {
  readonly db: Database;
  readonly clock: Clock;
}): (submission: Pick<Submission, "projectId" | "options">) => Promise<SubmissionRefusal | null> {
  const { db, clock } = options;
  const cache = new Map<
    string,
    { readonly projects: Promise<readonly string[] | null>; readonly untilMs: number }
  >();
  const projectsOf = (pool: string): Promise<readonly string[] | null> => {
    const known = cache.get(pool);
    if (known !== undefined && known.untilMs > clock.now()) return known.projects;
    // A hostile client can ask for any number of names; what is cached stays bounded.
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    const projects = findEgressPoolProjects(db, pool);
    cache.set(pool, { projects, untilMs: clock.now() + CACHE_MS });
    projects.catch(() => cache.delete(pool));
    return projects;
  };
  return async ({ projectId, options: { pool } }) => {
    if (pool === undefined || pool === DEFAULT_POOL) return null;
    const projects = await projectsOf(pool);
    if (projects !== null && (projects.length === 0 || projects.includes(projectId))) return null;
    // The same for a pool of others: that it exists is nobody else's business.
    return { kind: "refused", reason: "unknown-pool", pool };
  };
}
