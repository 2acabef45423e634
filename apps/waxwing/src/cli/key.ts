import { generateApiKey, hashApiKeySecret, isId, newId, parseApiKey } from "@waxwing/runtime";
import { deleteApiKey, insertApiKey, listApiKeys } from "@waxwing/store";
import { type Command, CommandError, type CommandInput, columns, UsageError } from "./command.ts";
import { type Connection, connect } from "./connect.ts";

/** As many as the API allows. */
const MAX_KEYS = 1_000;

/** `waxwing key`: who may use the API and SMTP submission. */
export const key: Command = {
  summary: "create, list and delete API keys",
  usage: "key [list | create | delete] ... [--project id] [--json]",
  help: `
  list                                 the keys of a project, without their secrets
  create <name> [--scope a,b]          a new key, shown this once; all scopes when none is named
  delete <id>                          it stops working within 5 seconds

  waxwing key create shop --scope send,messages:read`,
  options: { scope: { type: "string" } },
  run: async (input) => {
    const [verb = "list", ...words] = input.words;
    const act = { list, create, delete: remove }[verb];
    if (act === undefined) throw new UsageError(`there is no "key ${verb}"`);
    await using connection = await connect(input);
    await act({ ...input, words }, connection);
    return 0;
  },
};

async function list(input: CommandInput, { db, projectId }: Connection): Promise<void> {
  const keys = (await listApiKeys(db, projectId)).map(({ secretHash: _, ...rest }) => rest);
  const rows = keys.map((row) => [
    row.id,
    row.name,
    row.scopes.join(","),
    row.lastUsedAt?.toISOString() ?? "never",
    row.expiresAt?.toISOString() ?? "",
  ]);
  input.show({ keys }, columns([["ID", "NAME", "SCOPES", "LAST USED", "EXPIRES"], ...rows]));
}

async function create(input: CommandInput, { db, actor, clock }: Connection): Promise<void> {
  const [name, ...rest] = input.words;
  if (name === undefined || rest.length > 0 || name.length > 200) throw new UsageError("needs one name");
  const { SCOPES } = await import("@waxwing/app-api");
  const scopes = [...new Set((input.text("scope") ?? "*").split(","))];
  const unknown = scopes.filter((scope) => scope !== "*" && !Object.hasOwn(SCOPES, scope));
  if (unknown.length > 0) {
    throw new UsageError(
      `there is no scope ${unknown.join(", ")}; there are: ${Object.keys(SCOPES).join(", ")}`,
    );
  }
  const made = generateApiKey();
  const { publicId, secret } = parseApiKey(made);
  const stored = await insertApiKey(
    db,
    actor,
    { id: newId(clock.now()), name, publicId, secretHash: hashApiKeySecret(secret), scopes },
    MAX_KEYS,
  );
  if (stored === null) throw new CommandError(`a project has at most ${MAX_KEYS} API keys`);
  input.show(
    { id: stored.id, name, scopes, key: made },
    `${made}\n\nIt is shown this once, and kept nowhere.`,
  );
}

async function remove(input: CommandInput, { db, actor }: Connection): Promise<void> {
  const [id, ...rest] = input.words;
  if (id === undefined || rest.length > 0) throw new UsageError("needs the id of a key");
  if (!isId(id) || !(await deleteApiKey(db, actor, id))) throw new CommandError(`there is no key ${id}`);
  input.show({ deleted: id }, "Deleted.");
}
