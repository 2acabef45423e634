import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnProcess } from "../own-process.ts";

const START_MS = 30_000;

/**
 * Waits until something listens at the port of 127.0.0.1.
 *
 * @throws when the process ends first, or it takes too long
 */
export async function waitForListener(port: number, owner: OwnProcess, signal: AbortSignal): Promise<void> {
  const untilMs = Date.now() + START_MS;
  while (Date.now() < untilMs) {
    signal.throwIfAborted();
    if (owner.child.exitCode !== null) throw new Error(await owner.ended);
    if (await answers(port)) return;
    await sleep(20);
  }
  throw new Error(`nothing listens at port ${port}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
