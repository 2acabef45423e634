import {
  type Config,
  type DataDir,
  hashApiKeySecret,
  hashPassword,
  parseApiKey,
  type SecretBox,
  verifyPassword,
} from "@waxwing/runtime";
import {
  activeDkimKeys,
  type Database,
  dkimKeyContext,
  ensureMailbox,
  ensureProject,
  findDomain,
  findMailbox,
  setMailboxPassword,
  upsertApiKey,
} from "@waxwing/store";

/** What the first start makes belongs to this project; its id and its key's id are fixed, so that every start finds them. */
export const PROJECT_ID = "00000000-0000-7000-8000-000000000001";
const API_KEY_ID = "00000000-0000-7000-8000-000000000002";

/** The mailbox of a fresh platform. */
export const bootstrapMailbox = (config: Pick<Config, "domain">): string => `inbox@${config.domain}`;

/** A database that belongs to another secret key: nothing sealed in it can be opened. */
class WrongSecretKeyError extends Error {
  override readonly name = "WrongSecretKeyError";
}

/**
 * Makes what the configuration names exist: the project, its API key, its verified domain with a DKIM key, its mailbox. Everything
 * is found again on later starts and by other processes; a key or password that was changed in the configuration takes effect.
 *
 * @param credentials null leaves the API key and mailbox password as they are (a role that was not given any)
 * @returns whether this was the first start of this database
 * @throws WrongSecretKeyError
 */
export async function bootstrap(options: {
  readonly db: Database;
  readonly config: Config;
  readonly secretBox: SecretBox;
  readonly credentials: Pick<DataDir, "apiKey" | "mailboxPassword"> | null;
}): Promise<{ readonly firstStart: boolean }> {
  const { db, config, secretBox, credentials } = options;
  const firstStart = await ensureProject(db, {
    id: PROJECT_ID,
    name: "default",
    isOperator: true,
  });
  if ((await findDomain(db, config.domain)) === null) {
    // Loaded when it is needed, once in the life of a database: not every role sends mail.
    const { addDomain } = await import("@waxwing/outbound");
    await addDomain(db, secretBox, { projectId: PROJECT_ID, name: config.domain, verifiedAt: new Date() });
  }
  await checkSecretKey(db, config, secretBox);
  if (credentials !== null) {
    const { publicId, secret } = parseApiKey(credentials.apiKey);
    await upsertApiKey(db, {
      id: API_KEY_ID,
      projectId: PROJECT_ID,
      name: "bootstrap",
      publicId,
      secretHash: hashApiKeySecret(secret),
      scopes: ["*"],
    });
    await ensureBootstrapMailbox(db, bootstrapMailbox(config), credentials.mailboxPassword);
  }
  return { firstStart };
}

async function ensureBootstrapMailbox(db: Database, address: string, password: string): Promise<void> {
  const existing = await findMailbox(db, address);
  if (existing === null) {
    await ensureMailbox(db, { projectId: PROJECT_ID, address, passwordHash: await hashPassword(password) });
    return;
  }
  const check = await verifyPassword(password, existing.passwordHash);
  if (check.kind === "mismatch") {
    const passwordHash = await hashPassword(password);
    await setMailboxPassword(db, { projectId: PROJECT_ID, mailboxId: existing.id, passwordHash });
  }
}

async function checkSecretKey(db: Database, config: Config, secretBox: SecretBox): Promise<void> {
  const domain = await findDomain(db, config.domain);
  const [key] = domain === null ? [] : await activeDkimKeys(db, domain.id);
  if (key === undefined) return;
  try {
    secretBox.open(key.sealedPrivateKey, dkimKeyContext(config.domain, key.selector));
  } catch (cause) {
    throw new WrongSecretKeyError(
      "WAXWING_SECRET_KEY (or secret-key in the data directory) is not the key this database was set up with: " +
        "all roles need the same one.",
      { cause },
    );
  }
}
