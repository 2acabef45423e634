import { addDomain, createRecordResolver, domainRecords, linkHostOf, verifyDomain } from "@waxwing/outbound";
import { createSecretBox, openDataDir, parseDomain } from "@waxwing/runtime";
import { activeDkimKeys, type Domain, findProjectDomainByName, listDomains } from "@waxwing/store";
import { type Command, CommandError, type CommandInput, columns, UsageError } from "./command.ts";
import { type Connection, connect } from "./connect.ts";

/** `waxwing domain`: what a project sends from. */
export const domain: Command = {
  summary: "add, list and verify sending domains, and show their DNS records",
  usage: "domain [list | add | records | verify] ... [--project id] [--json]",
  help: `
  list               the domains of a project
  add <name>         add one, and show the DNS records to publish
  records <name>     show the DNS records to publish
  verify <name>      look at its DNS now; the exit code is 1 while it is not verified

  waxwing domain add shop.example
  waxwing domain verify shop.example`,
  options: {},
  run: async (input) => {
    const [verb = "list", ...words] = input.words;
    await using connection = await connect(input);
    if (verb === "list") return await list(input, connection);
    const act = { add, records, verify }[verb];
    if (act === undefined) throw new UsageError(`there is no "domain ${verb}"`);
    const [text, ...rest] = words;
    if (text === undefined || rest.length > 0) throw new UsageError("needs one domain name");
    const name = parseDomain(text);
    if (name.kind === "bad") throw new UsageError(name.message);
    return await act(name.value, input, connection);
  },
};

async function list(input: CommandInput, { db, projectId }: Connection): Promise<number> {
  const domains = await listDomains(db, projectId);
  const rows = domains.map((row) => [
    row.name,
    row.verifiedAt === null ? "not verified" : "verified",
    row.lastCheck === null ? "" : `looked at ${row.lastCheck.checkedAt}`,
  ]);
  input.show({ domains }, domains.length === 0 ? "There are none." : columns(rows));
  return 0;
}

async function add(name: string, input: CommandInput, connection: Connection): Promise<number> {
  const { db, config, projectId, actor } = connection;
  const { secretKey } = await openDataDir(config);
  const added = await addDomain(db, createSecretBox(secretKey), { projectId, name, verifiedAt: null }, actor);
  if (added.kind === "taken")
    throw new CommandError(
      added.by === "own" ? `the project has ${name} already` : `another project has verified ${name}`,
    );
  return await records(name, input, connection);
}

async function records(name: string, input: CommandInput, connection: Connection): Promise<number> {
  const { db, config } = connection;
  const found = await find(connection, name);
  const wanted = domainRecords(
    found,
    await activeDkimKeys(db, found.id),
    config.hostname,
    linkHostOf(config.publicUrl),
  );
  const text = wanted.map(({ type, name: host, expected, required, why }) =>
    [`${required ? "required" : "advised "}  ${host}  ${type}`, `  ${expected}`, `  ${why}`].join("\n"),
  );
  input.show({ records: wanted }, text.join("\n\n"));
  return 0;
}

async function verify(name: string, input: CommandInput, connection: Connection): Promise<number> {
  const { config, actor } = connection;
  const resolver = createRecordResolver(config.dnsServers);
  const options = {
    ...connection,
    hostname: config.hostname,
    linkHost: linkHostOf(config.publicUrl),
    resolver,
  };
  const { isTaken } = await verifyDomain(options, await find(connection, name), actor);
  if (isTaken) throw new CommandError(`another project has verified ${name} before`);
  const found = await find(connection, name);
  const rows = (found.lastCheck?.records ?? []).map((row) => [
    row.verdict,
    row.type,
    row.name,
    row.advice ?? "",
  ]);
  const isVerified = found.verifiedAt !== null;
  const verdict = isVerified ? `${name} is verified.` : `${name} is not verified.`;
  input.show(
    { verified: isVerified, records: found.lastCheck?.records ?? [] },
    `${verdict}\n\n${columns(rows)}`,
  );
  return isVerified ? 0 : 1;
}

async function find({ db, projectId }: Connection, name: string): Promise<Domain> {
  const found = await findProjectDomainByName(db, projectId, name);
  if (found === null) throw new CommandError(`project ${projectId} has no domain ${name}`);
  return found;
}
