import { readAddress } from "@waxwing/outbound";
import { type Database, findMailbox, type StoredInboundAction } from "@waxwing/store";
import type { Static } from "typebox";
import type { FieldProblem } from "./problems.ts";
import type { InboundAction } from "./schemas/inbound-route.ts";
import { invalid } from "./validator.ts";
import { readWebhookUrl } from "./webhook-url.ts";

type ActionRequest = Static<typeof InboundAction>;

/** Reads the actions of an inbound route as they are stored. @throws ProblemError naming every field that is wrong. */
export async function readInboundActions(
  db: Database,
  projectId: string,
  actions: readonly ActionRequest[],
): Promise<readonly StoredInboundAction[]> {
  const problems: FieldProblem[] = [];
  const report = (index: number, field: string, message: string): void =>
    void problems.push({ field: `actions[${index}]${field}`, message });
  const read: StoredInboundAction[] = [];
  for (const [index, action] of actions.entries()) {
    switch (action.type) {
      case "drop":
        if (actions.length > 1) report(index, "", "drop stands alone");
        read.push({ kind: "drop" });
        break;
      case "mailbox": {
        if (actions.findIndex(({ type }) => type === "mailbox") !== index)
          report(index, "", "a mail is filed in one mailbox");
        const mailbox = action.address === undefined ? null : await findMailbox(db, action.address);
        // Another project's mailbox is as good as none.
        if (action.address !== undefined && mailbox?.projectId !== projectId)
          report(index, ".address", "is no mailbox of this project");
        read.push({ kind: "mailbox", address: mailbox?.address ?? null });
        break;
      }
      case "webhook": {
        const url = readWebhookUrl(action.url);
        if (url.kind === "invalid") report(index, ".url", url.reason);
        else {
          const { format = "waxwing", raw = false } = action;
          read.push({ kind: "webhook", url: url.href, format, raw });
        }
        break;
      }
      case "forward": {
        const to = action.to.map((address, at) => {
          const read = readAddress(address);
          if (read.kind === "invalid") report(index, `.to[${at}]`, read.reason);
          return read.kind === "invalid" ? "" : read.address;
        });
        read.push({ kind: "forward", to: [...new Set(to)] });
      }
    }
  }
  if (problems.length > 0) throw invalid(problems);
  return read;
}

/** An action as it is shown. */
export function shownInboundAction(action: StoredInboundAction): ActionRequest {
  switch (action.kind) {
    case "mailbox":
      return { type: "mailbox", ...(action.address !== null && { address: action.address }) };
    case "webhook":
      return { type: "webhook", url: action.url, format: action.format, raw: action.raw };
    case "forward":
      return { type: "forward", to: [...action.to] };
    case "drop":
      return { type: "drop" };
  }
}
