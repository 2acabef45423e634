import { createQueueActs, createRecorder, type QueueActs } from "@waxwing/outbound";
import { newId } from "@waxwing/runtime";
import type { ApiDependencies } from "./api.ts";

/** What the API ends of the queue it records as a worker does, under a lease of its own. */
export function openQueueActs(dependencies: ApiDependencies): QueueActs {
  const { db, deliverLanes: lanes, clock, log } = dependencies;
  const leaseId = newId(clock.now());
  // Nothing is tried here, so no report speaks of a schedule.
  const record = createRecorder({ ...dependencies, lanes, leaseId, maxAgeMs: 0, retryScheduleMs: [] });
  return createQueueActs({ db, lanes, record, leaseId, clock, log });
}
