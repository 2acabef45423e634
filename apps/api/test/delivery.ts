import {
  addDomain,
  createDeliverer,
  createLane,
  createLinkBases,
  createRecorder,
  createReturnPaths,
  createRouter,
  createShaping,
  createSigner,
  RFC_TIMEOUTS,
} from "@waxwing/outbound";
import { type Clock, createMetrics, newId } from "@waxwing/runtime";
import { findDomain, findDomainWithKeys, insertEgressPool, insertEgressSource } from "@waxwing/store";
import { createDnsZone, startSmtpSink } from "@waxwing/testkit";
import { type DNSResolver, dkimVerify } from "mailauth";
import type { ApiFixture, Tenant } from "./api-fixture.ts";

/** Where links begin in these tests. */
export const LINK_BASE = "https://links.platform.example";

/** What the worker does with the messages of a fixture, and the server that gets them. */
export interface Delivery extends AsyncDisposable {
  /** Delivers what is due for a site and returns what arrived, by recipient. */
  readonly deliver: (site: string) => Promise<ReadonlyMap<string, string>>;
  /** The site of the server. */
  readonly site: string;
}

/** A domain of this tenant that can sign. */
export async function addSigningDomain(fixture: ApiFixture, tenant: Tenant): Promise<string> {
  const name = `mail.${tenant.domain}`;
  const domain = { projectId: tenant.projectId, name, verifiedAt: new Date() };
  await addDomain(fixture.db, fixture.secretBox, domain);
  return name;
}

/** An egress pool that leaves by the system's own address. */
export async function addPool({ db }: ApiFixture, { projectId }: Tenant, name: string): Promise<void> {
  const actor = { projectId, keyId: null, remoteAddress: null };
  const source = {
    name: `${name}-source`,
    localAddress: null,
    heloName: null,
    relayHost: null,
    relayPort: null,
    relayImplicitTls: false,
    relayUsername: null,
    sealedRelayPassword: null,
    messagesPerSecond: null,
    warmUpStart: null,
    warmUpCaps: [],
  };
  await insertEgressSource(db, actor, { id: newId(), ...source }, 10);
  const members = [{ source: source.name, weight: 1 }];
  await insertEgressPool(db, actor, { id: newId(), name, members, overflow: null, projectIds: [] }, 10);
}

export async function openDelivery(
  fixture: ApiFixture,
  clock: Clock = fixture.dependencies.clock,
): Promise<Delivery> {
  const { db, secretBox, lanes, dependencies } = fixture;
  const { log, recipientLinks } = dependencies;
  const metrics = createMetrics({ processMetrics: false });
  const sink = await startSmtpSink();
  const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts: RFC_TIMEOUTS });
  const leaseId = newId();
  const drain = createLane({
    db,
    lanes,
    clock,
    log,
    leaseId,
    leaseMs: 60_000,
    sign: createSigner({ db, secretBox, clock }),
    router: createRouter({
      routes: [{ pattern: { kind: "all" }, nextHop: sink }],
      resolver: {
        resolveMx: () => Promise.reject(new Error("no look-ups")),
        resolveAddresses: () => Promise.reject(new Error("no look-ups")),
      },
      random: Math.random,
    }),
    deliverer,
    shaping: createShaping({
      db,
      secretBox,
      clock,
      log,
      metrics,
      notify: () => undefined,
      maxAgeMs: 60_000,
    }),
    record: createRecorder({
      db,
      leaseId,
      notify: () => undefined,
      lanes,
      hostname: "mail.waxwing.test",
      maxAgeMs: 60_000,
      retryScheduleMs: [1_000],
      clock,
      log,
      metrics,
    }),
    returnPaths: createReturnPaths(Buffer.alloc(32, 7)),
    recipientLinks,
    linkBaseOf: createLinkBases({ db, publicUrl: LINK_BASE, clock }),
    maxAgeMs: 60_000,
    retryScheduleMs: [1_000],
    random: Math.random,
    signal: new AbortController().signal,
  });
  const ownSite = `route:${sink.host}:${sink.port}`;
  return {
    site: ownSite,
    deliver: async (site) => {
      const before = sink.messages.length;
      await drain(site);
      // Where the domain's lane has sent it.
      await drain(ownSite);
      return new Map(
        sink.messages.slice(before).flatMap(({ rcptTo, raw }) => rcptTo.map((to) => [to, raw.toString()])),
      );
    },
    [Symbol.asyncDispose]: async () => {
      deliverer.terminate();
      await sink.close();
    },
  };
}

/** What mailauth says of the first signature of a message of a domain, and which fields that covers. */
export async function judge(
  fixture: ApiFixture,
  domainName: string,
  raw: string,
): Promise<{ readonly result: string; readonly signed: readonly string[] }> {
  const domain = await findDomain(fixture.db, domainName);
  const found = domain === null ? null : await findDomainWithKeys(fixture.db, domain.id);
  const zone = createDnsZone(
    Object.fromEntries(
      (found?.keys ?? []).map(({ selector, dnsRecord }) => [
        `${selector}._domainkey.${domainName}`,
        { TXT: [dnsRecord.match(/.{1,255}/g) ?? []] },
      ]),
    ),
  );
  const { results } = await dkimVerify(Buffer.from(raw), { resolver: zone as unknown as DNSResolver });
  const [first] = results;
  return {
    result: first?.status.result ?? "none",
    signed: (first?.signingHeaders?.keys ?? "").toLowerCase().split(/:\s*/),
  };
}

/** A message as a reader sees it: quoted-printable undone, good enough for what these tests send. */
export function readable(raw: string | undefined): string {
  return (raw ?? "")
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The paths of a kind of link in a message, in order. */
export function linksIn(raw: string | undefined, kind: "o" | "c" | "u" | "p"): readonly string[] {
  return [...readable(raw).matchAll(/https:\/\/links\.platform\.example(\/([ocup])\/[\w/-]+)/g)]
    .filter((match) => match[2] === kind)
    .map((match) => match[1] ?? "");
}
