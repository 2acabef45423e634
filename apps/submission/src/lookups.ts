import { createTemplateOpener, type MimeLookups } from "@waxwing/outbound";
import type { Clock } from "@waxwing/runtime";
import { type Database, findProjectDomainByName, findSendBatch, findUnsubscribeGroup } from "@waxwing/store";

/** A domain that was taken away gets reports this much longer, as it may send. */
const TRUST_MS = 5_000;
const MAX_REMEMBERED = 10_000;

/** Looks up what a submitted message may name, always within the submitter's project. */
export function createMimeLookups(options: { readonly db: Database; readonly clock: Clock }): MimeLookups {
  const { db, clock } = options;
  const domains = new Map<string, { readonly owned: Promise<boolean>; readonly untilMs: number }>();
  const isVerified = async (projectId: string, name: string): Promise<boolean> => {
    const domain = await findProjectDomainByName(db, projectId, name);
    return domain !== null && domain.verifiedAt !== null;
  };
  return {
    openTemplate: createTemplateOpener({ db }),
    hasGroup: async (projectId, groupId) => (await findUnsubscribeGroup(db, projectId, groupId)) !== null,
    hasBatch: async (projectId, batchId) => (await findSendBatch(db, projectId, batchId)) !== null,
    // Asked for every message that names a reverse-path.
    ownsDomain: (projectId, name) => {
      const key = `${projectId}/${name}`;
      const known = domains.get(key);
      if (known !== undefined && known.untilMs > clock.now()) return known.owned;
      if (domains.size >= MAX_REMEMBERED) domains.clear();
      const owned = isVerified(projectId, name);
      domains.set(key, { owned, untilMs: clock.now() + TRUST_MS });
      owned.catch(() => domains.delete(key));
      return owned;
    },
  };
}
