import { newId, type SecretBox } from "@waxwing/runtime";
import { generateSigningKey } from "@waxwing/seal";
import { type Actor, type Database, dkimKeyContext, insertDkimKey, insertDomain } from "@waxwing/store";

/** Keys of a domain are numbered; the first one is `wax1`. */
const selectorOf = (number: number): string => `wax${number}`;

/** What `addDomain` did. */
export type AddedDomain =
  | { readonly kind: "added"; readonly id: string }
  | { readonly kind: "taken"; readonly by: "own" | "elsewhere" };

/**
 * Adds a sending domain with an RSA-2048 DKIM key and the return-path host `bounces.<name>`. Its name or host may be taken, as a
 * name or as a return-path host: by the same project, or by another one that has verified it.
 *
 * @param domain.name lower-case A-labels
 * @param domain.verifiedAt null until its DNS proves ownership
 * @param actor who asked, for the audit log; null for a domain of the configuration
 */
export async function addDomain(
  db: Database,
  secretBox: SecretBox,
  domain: { readonly projectId: string; readonly name: string; readonly verifiedAt: Date | null },
  actor: Actor | null = null,
): Promise<AddedDomain> {
  const key = await generateSigningKey("rsa-2048");
  const id = newId();
  const selector = selectorOf(1);
  const insertion = await insertDomain(
    db,
    { id, ...domain, returnPathHost: `bounces.${domain.name}` },
    [
      {
        id: newId(),
        domainId: id,
        selector,
        algorithm: key.algorithm,
        sealedPrivateKey: secretBox.seal(key.privateKeyPem, dkimKeyContext(domain.name, selector)),
        dnsRecord: key.dnsRecord,
      },
    ],
    actor,
  );
  return insertion === "added" ? { kind: "added", id } : { kind: "taken", by: insertion };
}

/**
 * Adds a key beside those that a domain has: the successor of its key of the same algorithm, or its first Ed25519 key (RFC 8463).
 * It signs from when its record was seen in the DNS. Returns false when a successor is waiting or the overlap has not ended yet.
 */
export async function addDkimKey(
  db: Database,
  secretBox: SecretBox,
  domain: { readonly id: string; readonly name: string },
  algorithm: "rsa-sha256" | "ed25519-sha256",
  actor: Actor,
): Promise<boolean> {
  const key = await generateSigningKey(algorithm === "rsa-sha256" ? "rsa-2048" : "ed25519");
  return await insertDkimKey(db, actor, domain.id, algorithm, (number) => {
    const selector = selectorOf(number);
    return {
      id: newId(),
      selector,
      sealedPrivateKey: secretBox.seal(key.privateKeyPem, dkimKeyContext(domain.name, selector)),
      dnsRecord: key.dnsRecord,
    };
  });
}
