import { startApi } from "@waxwing/app-api";
import { createRecordResolver, createRouteExplainer, linkHostOf } from "@waxwing/outbound";
import { openRouter, openTlsPlan } from "./open-router.ts";
import type { Platform } from "./platform.ts";
import type { RunningRole } from "./roles.ts";

/** How long HTTP requests under way may take when the process stops. */
const HTTP_STOP_MS = 4_000;
const MAIL_DOORS = ["imaps", "imap", "pop3s", "pop3", "submissions", "submission"] as const;

/** Starts the role `api`, unless its door is off. */
export async function openApi(platform: Platform): Promise<RunningRole> {
  const { http } = platform.config.listen;
  if (http === "off") return { role: { [Symbol.asyncDispose]: async () => undefined }, doors: {} };
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
}
