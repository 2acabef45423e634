import {
  createAcceptor,
  createKnownSites,
  createRouteTable,
  readSubmission,
  type SubmissionRefusal,
} from "@waxwing/outbound";
import { CommandError, UsageError } from "./command.ts";
import type { Connection } from "./connect.ts";

/**
 * Accepts a message as `POST /send` does, and returns its id.
 *
 * @param body as of `POST /send`
 * @throws UsageError, CommandError when it is not accepted
 */
export async function submit(
  connection: Connection,
  body: Parameters<typeof readSubmission>[0],
): Promise<string> {
  const { projectId, clock } = connection;
  const reading = readSubmission(body, { projectId, keyId: null }, clock.now());
  if (reading.kind === "invalid")
    throw new UsageError(reading.errors.map(({ field, message }) => `${field} ${message}`).join("; "));
  if (reading.kind === "too-large") throw new UsageError("the message is too large");
  const { accept } = await acceptorOf(connection);
  const accepted = await accept(reading.submission);
  if (accepted.kind === "refused") throw new CommandError(refusalText(accepted));
  return accepted.id;
}

async function acceptorOf(connection: Connection): Promise<ReturnType<typeof createAcceptor>> {
  const { db, config, clock, log } = connection;
  const table = createRouteTable({ db, environment: config.routes, clock, log });
  return createAcceptor({
    ...connection,
    lanes: await connection.lanes(),
    // Webhooks hear of it from their sweeper.
    notify: () => undefined,
    sites: createKnownSites({ db, table, clock, log }),
  });
}

function refusalText(refusal: SubmissionRefusal): string {
  switch (refusal.reason) {
    case "unverified-domain":
      return [`${refusal.domain} is not verified for this project`, ...refusal.advice].join("; ");
    case "quota-exceeded":
      return "the daily quota of the project is used up";
    case "unknown-pool":
      return `there is no egress pool ${refusal.pool} for this project`;
    case "key-reused":
      return "the message was sent before";
  }
}
