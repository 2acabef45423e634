export type { QueueBackend } from "./backend.ts";
export { type LaneQueue, type LaneQueueName, openLaneQueue, openLaneWorker } from "./lane-queue.ts";
export { runLaneSweeper } from "./lane-sweeper.ts";
