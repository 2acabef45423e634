import { newId } from "@waxwing/runtime";
import type { FilingConsequences, NewInboundMail, NewMessage, StoredInboundFacts } from "@waxwing/store";
import type { Addressee } from "./addressee.ts";
import type { ExaminedMail } from "./examined-mail.ts";
import { type Forwarding, forwardMessage } from "./forward-message.ts";
import type { ProjectMail } from "./mailbox.ts";
import { printable } from "./printable.ts";

/** What inbound routes do with a mail beside filing it, to be stored in the transaction that files it. */
export interface RouteWork {
  readonly consequences: Pick<FilingConsequences, "inboundMail" | "messages">;
  /** Whom to wake after the commit: lanes of recipients' sites, and routes that have something to post. */
  readonly sites: readonly string[];
  readonly routeIds: readonly string[];
}

/**
 * Carries out the actions of the routes that took the mail, and passes on bounces of what was forwarded before. A route that took
 * several addresses of the envelope acts once.
 *
 * @param zstd the mail as it is filed
 */
export async function routeWork(
  forwarding: Forwarding,
  mail: ExaminedMail,
  project: ProjectMail,
  zstd: Buffer,
): Promise<RouteWork> {
  const messages: NewMessage[] = [];
  const posts: NewInboundMail["posts"][number][] = [];
  for (const addressee of project.addressees) {
    if (addressee.kind === "rewritten-sender")
      messages.push(await forwardMessage(forwarding, mail, addressee, [addressee.sender]));
  }
  for (const group of Map.groupBy(project.addressees, routeIdOf).values()) {
    const [first] = group;
    if (first?.kind !== "routed") continue;
    for (const action of first.route.actions) {
      if (action.kind === "forward") {
        messages.push(await forwardMessage(forwarding, mail, first, action.to));
      } else if (action.kind === "webhook") {
        const { url, format, raw } = action;
        const recipients = group.map(({ address }) => printable(address));
        const dueAtMs = mail.arrival.receivedAtMs;
        posts.push({ id: newId(dueAtMs), routeId: first.route.id, recipients, url, format, raw, dueAtMs });
      }
    }
  }
  const { projectId } = project;
  const inboundMail = { id: mail.arrival.id, projectId, facts: factsOf(mail, project), zstd, posts };
  return {
    consequences: { messages, ...(posts.length > 0 && { inboundMail }) },
    sites: [...new Set(messages.flatMap(({ recipients }) => recipients.map(({ site }) => site)))],
    routeIds: [...new Set(posts.map(({ routeId }) => routeId))],
  };
}

const routeIdOf = (addressee: Addressee): string => (addressee.kind === "routed" ? addressee.route.id : "");

function factsOf(
  { arrival, authentication, mailClass }: ExaminedMail,
  project: ProjectMail,
): StoredInboundFacts {
  const { session, envelope } = arrival;
  const { spf, dkim, dmarc, arc } = authentication;
  const [about] = project.correlations;
  return {
    from: printable(envelope.sender.address),
    remoteAddress: session.remoteAddress,
    helo: session.helo === null ? null : printable(session.helo),
    protocol: session.protocol,
    tls: session.tls?.version ?? null,
    class: mailClass.kind,
    about:
      about === undefined ? null : { messageId: about.message.id, ordinal: about.recipient?.ordinal ?? null },
    authentication: {
      spf: { result: spf.result, domain: printable(spf.domain) },
      dkim: dkim.map(({ result, domain, selector }) => ({
        result,
        domain: printable(domain),
        selector: printable(selector),
      })),
      dmarc: { result: dmarc.result, policy: dmarc.policy, domain: printable(dmarc.domain) },
      arc: arc.result,
    },
  };
}
