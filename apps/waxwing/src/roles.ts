import { createRecordResolver, createRouteExplainer, linkHostOf } from "@waxwing/outbound";
import type { Door, Shutdown } from "@waxwing/runtime";
import { openRouter, openTlsPlan } from "./open-router.ts";
import { openSimulator } from "./open-simulator.ts";
import type { Platform } from "./platform.ts";
import { reachableHost } from "./simulator-place.ts";

/** The ports that were opened, by door; 0 in the configuration means that the system chose. */
export type OpenDoors = Partial<Record<Door, number>>;

interface RunningRole {
  readonly role: AsyncDisposable;
  readonly doors: OpenDoors;
}

/** How long HTTP requests under way may take when the process stops. */
const HTTP_STOP_MS = 4_000;
const MAIL_DOORS = ["imaps", "imap", "pop3s", "pop3", "submissions", "submission"] as const;

/**
 * The roles, in the order in which they start: what takes mail last, so that what it needs is there. Each is loaded when it is
 * started, because loading all of them is most of the time a single role needs.
 */
export const ROLES = {
  mailbox: async (platform) => {
    const { startMailbox } = await import("@waxwing/app-mailbox");
    const role = await startMailbox(platform);
    return { role, doors: role.ports };
  },
  receiver: async (platform) => {
    const { startReceiver } = await import("@waxwing/app-receiver");
    const receiver = await startReceiver(platform);
    const { port } = receiver;
    const { inbound } = platform.config.listen;
    // A receiver of its own runs a simulator only when it is told where.
    const own =
      platform.simulator === null && platform.config.simulatorListen !== null
        ? await openSimulator(platform)
        : null;
    const simulator = platform.simulator ?? own;
    if (inbound !== "off" && port !== null) simulator?.answerAt({ host: reachableHost(inbound.host), port });
    const stop = async (): Promise<void> => {
      await Promise.all([receiver[Symbol.asyncDispose](), own?.[Symbol.asyncDispose]()]);
    };
    return { role: { [Symbol.asyncDispose]: stop }, doors: port === null ? {} : { inbound: port } };
  },
  worker: async (platform) => {
    const { startWorker } = await import("@waxwing/app-worker");
    return { role: await startWorker(platform), doors: {} };
  },
  submission: async (platform) => {
    const { startSubmission } = await import("@waxwing/app-submission");
    const role = await startSubmission(platform);
    return { role, doors: role.ports };
  },
  api: async (platform) => {
    const { http } = platform.config.listen;
    if (http === "off") return { role: { [Symbol.asyncDispose]: async () => undefined }, doors: {} };
    const { startApi } = await import("@waxwing/app-api");
    const role = await startApi({
      ...platform,
      webhookQueue: platform.webhookLanes,
      webhookPrivateAddresses: platform.config.webhookPrivateAddresses,
      rateLimit: platform.config.rateLimit,
      trustedProxies: platform.config.trustedProxies,
      hostname: platform.config.hostname,
      mailDoors: MAIL_DOORS.filter((door) => platform.config.listen[door] !== "off"),
      linkHost: linkHostOf(platform.config.publicUrl),
      explainRoute: createRouteExplainer({
        ...platform,
        router: openRouter(platform),
        planTls: openTlsPlan(platform),
      }),
      resolver: createRecordResolver(platform.config.dnsServers),
      listen: http,
      stopDeadlineMs: HTTP_STOP_MS,
    });
    return { role, doors: { http: role.port } };
  },
} as const satisfies Record<string, (platform: Platform) => Promise<RunningRole>>;

export type Role = keyof typeof ROLES;

/**
 * Starts these roles and returns their doors. When the process stops, all roles close side by side, so that the slowest decides,
 * not the sum; what they share is closed after them.
 */
export async function startRoles(
  roles: readonly Role[],
  platform: Platform,
  shutdown: Shutdown,
): Promise<OpenDoors> {
  const doors: OpenDoors = {};
  for (const name of roles) {
    const running: RunningRole = await ROLES[name](platform);
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
