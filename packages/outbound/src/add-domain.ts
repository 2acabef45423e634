import { newId, type SecretBox } from "@waxwing/runtime";
import { generateSigningKey } from "@waxwing/seal";
import { type Database, insertDomain } from "@waxwing/store";
import { dkimKeyContext } from "./sign.ts";

/** The selector of a domain's first key. */
const FIRST_SELECTOR = "wax1";

/**
 * Adds a sending domain with an RSA-2048 DKIM key and the return-path host `bounces.<name>`. Returns false when the name is taken.
 *
 * @param domain.name lower-case A-labels
 * @param domain.verifiedAt null until its DNS proves ownership
 */
export async function addDomain(
  db: Database,
  secretBox: SecretBox,
  domain: { readonly projectId: string; readonly name: string; readonly verifiedAt: Date | null },
): Promise<boolean> {
  const key = await generateSigningKey("rsa-2048");
  const id = newId();
  return await insertDomain(db, { id, ...domain, returnPathHost: `bounces.${domain.name}` }, [
    {
      id: newId(),
      domainId: id,
      selector: FIRST_SELECTOR,
      algorithm: key.algorithm,
      sealedPrivateKey: secretBox.seal(key.privateKeyPem, dkimKeyContext(domain.name, FIRST_SELECTOR)),
      dnsRecord: key.dnsRecord,
    },
  ]);
}
