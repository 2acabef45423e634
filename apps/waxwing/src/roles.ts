import type { Door, Shutdown } from "@waxwing/runtime";
import type { Foundation } from "./foundation.ts";
import type { Platform } from "./platform.ts";

/** The ports that were opened, by door; 0 in the configuration means that the system chose. */
export type OpenDoors = Partial<Record<Door, number>>;

/** A role that has started. */
export interface RunningRole {
  readonly role: AsyncDisposable;
  readonly doors: OpenDoors;
}

/** What roles start on. */
export interface Ground {
  readonly foundation: Foundation;
  /** Opens what sends and receives mail when it is first called. */
  readonly platform: () => Promise<Platform>;
}

/**
 * The roles, in the order in which they start: what takes mail last, so that what it needs is there. Each is loaded when it is
 * started, because loading all of them is most of the time a single role needs.
 */
export const ROLES = {
  mailbox: async ({ foundation }) => {
    const { startMailbox } = await import("@waxwing/app-mailbox");
    const role = await startMailbox(foundation);
    return { role, doors: role.ports };
  },
  receiver: async ({ platform }) => {
    const { openReceiver } = await import("./open-receiver.ts");
    return await openReceiver(await platform());
  },
  worker: async ({ platform }) => {
    const { startWorker } = await import("@waxwing/app-worker");
    return { role: await startWorker(await platform()), doors: {} };
  },
  submission: async ({ platform }) => {
    const { startSubmission } = await import("@waxwing/app-submission");
    const role = await startSubmission(await platform());
    return { role, doors: role.ports };
  },
  api: async ({ platform }) => {
    const { openApi } = await import("./open-api.ts");
    return await openApi(await platform());
  },
} as const satisfies Record<string, (ground: Ground) => Promise<RunningRole>>;

export type Role = keyof typeof ROLES;

/**
 * Starts these roles and returns their doors. When the process stops, all roles close side by side, so that the slowest decides,
 * not the sum; what they share is closed after them.
 */
export async function startRoles(
  roles: readonly Role[],
  ground: Ground,
  shutdown: Shutdown,
): Promise<OpenDoors> {
  const doors: OpenDoors = {};
  for (const name of roles) {
    const running: RunningRole = await ROLES[name](ground);
    let closing: PromiseLike<void> | null = null;
    const close = (): PromiseLike<void> => {
      closing ??= running.role[Symbol.asyncDispose]();
      return closing;
    };
    shutdown.signal.addEventListener("abort", () => void close());
    shutdown.defer(name, close);
    Object.assign(doors, running.doors);
  }
  return doors;
}
