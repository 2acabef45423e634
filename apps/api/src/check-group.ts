import { type Database, findUnsubscribeGroup } from "@waxwing/store";
import type { Static } from "typebox";
import type { FieldProblem } from "./problems.ts";
import type { SendRequest } from "./schemas/send.ts";

/** Tells what is wrong with the unsubscribe group that a message names, which only the database knows. */
export type CheckGroup = (
  body: Pick<Static<typeof SendRequest>, "unsubscribe">,
  projectId: string,
) => Promise<readonly FieldProblem[]>;

export function createGroupCheck(options: { readonly db: Database }): CheckGroup {
  const { db } = options;
  return async ({ unsubscribe }, projectId) => {
    const group = typeof unsubscribe === "object" ? unsubscribe.group : undefined;
    if (group === undefined || (await findUnsubscribeGroup(db, projectId, group)) !== null) return [];
    // The same for another project's: that it exists is nobody else's business.
    return [{ field: "unsubscribe.group", message: "names no unsubscribe group of this project" }];
  };
}
