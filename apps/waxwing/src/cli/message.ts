import { isId } from "@waxwing/runtime";
import { type Command, CommandError, UsageError } from "./command.ts";
import { connect } from "./connect.ts";
import { describeMessage } from "./describe-message.ts";

/** `waxwing message`: what happened to a message, for people. */
export const message: Command = {
  summary: "a message with its recipients, attempts and timeline",
  usage: "message <id> [--project id] [--json]",
  help: `
  --project id    whose message it is; the first project when absent

  waxwing message 01a20722-6c3c-747d-b457-b595ee7071aa`,
  options: {},
  run: async (input) => {
    const [id, ...rest] = input.words;
    if (id === undefined || rest.length > 0 || !isId(id)) throw new UsageError("needs the id of a message");
    await using connection = await connect(input);
    const { db, projectId } = connection;
    const described = await describeMessage(db, projectId, id);
    if (described === null) throw new CommandError(`project ${projectId} has no message ${id}`);
    input.show(described.result, described.text);
    return 0;
  },
};
