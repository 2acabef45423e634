import { shortId } from "@waxwing/events";
import type { AcceptTogether, OpenTemplate, SubmissionRefusal } from "@waxwing/outbound";
import { type Clock, newId } from "@waxwing/runtime";
import { type Database, findSendBatch, findUnsubscribeGroupIds } from "@waxwing/store";
import { callerOf } from "../../guard.ts";
import { quotaExceeded } from "../../quota-exceeded.ts";
import { isBatchId } from "../batch-id.ts";
import type { SendgridInstance } from "../dialect.ts";
import { sendgridError } from "../errors.ts";
import { type Mail, readMail } from "../mail/mail.ts";
import { collectProblems, helpOf, quoted, type Report } from "../mail/problems.ts";
import { submissionsOf } from "../mail/submissions.ts";
import { ADDRESS_TEXTS, CONTENT_TEXTS, EXTRA_TEXTS } from "../mail/texts.ts";
import { wordMessages } from "../mail/wording.ts";
import { readTemplateId } from "../template-id.ts";

/**
 * `POST /v3/mail/send`: takes a message per personalization in, all of them or none. The 202 is sent after the commit (DESIGN
 * section 3, invariant 1).
 */
export function mailSendRoute(
  app: SendgridInstance,
  options: {
    readonly db: Database;
    readonly acceptTogether: AcceptTogether;
    readonly openTemplate: OpenTemplate;
    readonly clock: Clock;
    readonly maxSendBodyBytes: number;
  },
): void {
  const { db, acceptTogether, openTemplate, clock, maxSendBodyBytes } = options;

  app.route({
    method: "POST",
    url: "/mail/send",
    bodyLimit: maxSendBodyBytes,
    config: { scope: "send", sendgridScope: "mail.send" },
    handler: async (request, reply) => {
      const { projectId, keyId } = callerOf(request);
      const { report, throwAny } = collectProblems();
      const mail = readMail(request.body, clock.now(), report);
      const [template] = await Promise.all([
        findTemplate(openTemplate, projectId, mail.templateId, report),
        checkBatch(db, projectId, mail.batchId, report),
        checkGroups(db, projectId, mail, report),
      ]);
      const wordings = await wordMessages(mail, template, report);
      throwAny();
      const { from } = mail;
      if (from === undefined) throw new Error("a sender that is missing was not reported");
      const requestId = newId(clock.now());
      reply.header("x-message-id", shortId(requestId));
      if (!mail.settings.sandbox) {
        const submissions = submissionsOf(mail, from, wordings, { projectId, keyId, requestId });
        const acceptance = await acceptTogether(submissions);
        if (acceptance.kind === "refused") throw refusalOf(acceptance, clock.now());
      }
      return await reply.code(mail.settings.sandbox ? 200 : 202).send();
    },
  });
}

async function findTemplate(
  open: OpenTemplate,
  projectId: string,
  given: string | undefined,
  report: Report,
) {
  if (given === undefined) return undefined;
  const id = readTemplateId(given);
  const template = id === null ? ({ kind: "unknown" } as const) : await open(projectId, id);
  switch (template.kind) {
    case "template":
    case "legacy":
      return template;
    case "unknown":
      report("template_id", CONTENT_TEXTS.templateUnknown(quoted(given)));
      return undefined;
    case "inactive":
      report("template_id", CONTENT_TEXTS.templateInvalid);
      return undefined;
  }
}

async function checkBatch(
  db: Database,
  projectId: string,
  batchId: string | undefined,
  report: Report,
): Promise<void> {
  if (batchId === undefined) return;
  const found = isBatchId(batchId) ? await findSendBatch(db, projectId, batchId) : null;
  if (found === null) report("batch_id", EXTRA_TEXTS.batchIdUnknown);
}

async function checkGroups(db: Database, projectId: string, { asm }: Mail, report: Report): Promise<void> {
  if (asm === undefined) return;
  const known = await findUnsubscribeGroupIds(db, projectId, [asm.groupId, ...asm.shown]);
  if (!known.has(asm.groupId)) report("asm.group_id", EXTRA_TEXTS.groupUnknown(asm.groupId));
  const unknown = asm.shown.filter((id) => !known.has(id));
  if (unknown.length > 0) report("asm.groups_to_display", EXTRA_TEXTS.groupsShownUnknown(unknown));
}

function refusalOf(refusal: SubmissionRefusal, nowMs: number): Error {
  switch (refusal.reason) {
    case "unverified-domain": {
      const { domain, advice } = refusal;
      const lacking =
        advice.length > 0 ? advice.join(" ") : "Add the domain to this project and publish its DNS records.";
      return sendgridError("from", `${ADDRESS_TEXTS.fromNotVerified} (${domain}: ${lacking})`, {
        status: 403,
        help: helpOf("from"),
      });
    }
    case "unknown-pool":
      return sendgridError("ip_pool_name", EXTRA_TEXTS.poolUnknown(quoted(refusal.pool)), {
        status: 400,
        help: helpOf("ip_pool_name"),
      });
    case "quota-exceeded":
      return quotaExceeded(refusal.excess, nowMs);
    case "key-reused":
      throw new Error("no idempotency key is given here");
  }
}
