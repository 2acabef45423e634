import { createRouteExplainer, readAddress } from "@waxwing/outbound";
import { parseDomain } from "@waxwing/runtime";
import { findDomain } from "@waxwing/store";
import { openRouter, openTlsPlan } from "../open-router.ts";
import { type Command, UsageError } from "./command.ts";
import { connect } from "./connect.ts";

/** `waxwing explain`: which way a message would take, and why. */
export const explain: Command = {
  summary: "which way a message to an address would take, and why",
  usage: "explain <address> [--from domain] [--pool name] [--tag tag] [--project id] [--json]",
  help: `
  --from domain     the sender's domain; its project is meant then
  --pool name       the egress pool
  --tag tag         a tag that the message would have
  --project id      whose message it would be; the first project when absent

Nothing is sent and no mail server is spoken to; the DNS is asked, and where it says MTA-STS the policy is read.

  waxwing explain ann@example.org --from shop.example`,
  options: { from: { type: "string" }, pool: { type: "string" }, tag: { type: "string" } },
  run: async (input) => {
    const [text, ...rest] = input.words;
    if (text === undefined || rest.length > 0) throw new UsageError("needs one address");
    const address = readAddress(text);
    if (address.kind === "invalid") throw new UsageError(`${text}: ${address.reason}`);
    const fromText = input.text("from");
    const from = fromText === undefined ? null : parseDomain(fromText);
    if (from?.kind === "bad") throw new UsageError(from.message);
    await using connection = await connect(input);
    const { db, clock } = connection;
    const owner =
      from === null || input.text("project") !== undefined ? null : await findDomain(db, from.value);
    const tag = input.text("tag");
    const explainRoute = createRouteExplainer({
      db,
      clock,
      router: openRouter(connection),
      planTls: openTlsPlan(connection),
    });
    const { summary, findings } = await explainRoute({
      ...address,
      projectId: owner?.projectId ?? connection.projectId,
      isOperator: true,
      pool: input.text("pool") ?? "default",
      from: from?.value,
      tags: tag === undefined ? [] : [tag],
    });
    const marks = { "goes-on": " ", waits: "~", stops: "!" } as const;
    const lines = findings.map(({ topic, says, effect }) => `${marks[effect]} ${topic.padEnd(12)} ${says}`);
    input.show({ summary, findings }, [summary, "", ...lines].join("\n"));
    return 0;
  },
};
