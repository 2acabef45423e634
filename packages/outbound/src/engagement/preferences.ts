import { aboutRecipient, type EventNotifier, newEvent } from "@waxwing/events";
import type { Clock } from "@waxwing/runtime";
import type { RecipientLink } from "@waxwing/seal";
import {
  type Database,
  findLinkHolder,
  findShownGroups,
  type LinkHolder,
  leaveGroups,
  rejoinGroups,
  type ShownGroup,
} from "@waxwing/store";

type PreferenceLink = Extract<RecipientLink, { readonly kind: "unsubscribe" | "preferences" }>;

/** What a recipient's page shows. */
export interface Preferences {
  /** The group that an unsubscribe link is about; null for all mail, and on the page of all groups. */
  readonly group: ShownGroup | null;
  /** Groups to choose from. */
  readonly groups: readonly ShownGroup[];
  readonly leftAll: boolean;
  /** The application's page to go to afterwards, or null. */
  readonly landing: string | null;
}

/** What recipients choose by the links in their mail. Everything resolves to null where the message is gone. */
export interface RecipientPreferences {
  readonly read: (link: PreferenceLink) => Promise<Preferences | null>;
  /** Leaves what the link is about: its group, or all mail. Durable when it resolves. */
  readonly unsubscribe: (link: PreferenceLink, ip: string) => Promise<Preferences | null>;
  /** Takes that back. */
  readonly resubscribe: (link: PreferenceLink) => Promise<Preferences | null>;
  /** Leaves the groups shown that are not in `kept` and rejoins those that are. */
  readonly choose: (
    link: PreferenceLink,
    kept: ReadonlySet<number>,
    ip: string,
  ) => Promise<Preferences | null>;
}

export function createRecipientPreferences(options: {
  readonly db: Database;
  readonly notify: EventNotifier;
  readonly clock: Clock;
}): RecipientPreferences {
  const { db, notify, clock } = options;

  const preferencesOf = async (link: PreferenceLink, holder: LinkHolder): Promise<Preferences> => {
    const { group, show = [], landing } = holder.options.unsubscribe ?? {};
    const own = link.kind === "unsubscribe" ? link.group : (group ?? 0);
    const wanted = show.length > 0 || own === 0 ? show : [own];
    const { groups, leftAll } = await findShownGroups(
      db,
      holder,
      [...new Set([...wanted, own])].filter(isGroup),
    );
    const about = link.kind === "unsubscribe" ? (groups.find(({ id }) => id === own) ?? null) : null;
    return { group: about, groups, leftAll, landing: landing === undefined ? null : safeUrl(landing) };
  };

  const leave = async (holder: LinkHolder, groups: readonly number[], ip: string): Promise<void> => {
    const about = aboutRecipient(holder);
    const left = groups.map((group) => ({
      group,
      event: newEvent(
        holder,
        "unsubscribed",
        { ...about, group: group === 0 ? null : group, ip },
        clock.now(),
      ),
    }));
    if ((await leaveGroups(db, holder, left)) > 0) notify(new Set([holder.projectId]));
  };

  const withHolder = async (
    link: PreferenceLink,
    work: (holder: LinkHolder) => Promise<void>,
  ): Promise<Preferences | null> => {
    const holder = await findLinkHolder(db, link);
    if (holder === null) return null;
    await work(holder);
    return await preferencesOf(link, holder);
  };

  return {
    read: (link) => withHolder(link, () => Promise.resolve()),
    unsubscribe: (link, ip) => withHolder(link, (holder) => leave(holder, [groupOf(link)], ip)),
    resubscribe: (link) => withHolder(link, (holder) => rejoinGroups(db, holder, [groupOf(link)])),
    choose: (link, kept, ip) =>
      withHolder(link, async (holder) => {
        // Only groups that the page shows: the form is the recipient's, but not the list.
        const { groups } = await preferencesOf(link, holder);
        const changed = groups.filter(({ id, left }) => left === kept.has(id));
        await leave(
          holder,
          changed.filter(({ left }) => !left).map(({ id }) => id),
          ip,
        );
        await rejoinGroups(
          db,
          holder,
          changed.filter(({ left }) => left).map(({ id }) => id),
        );
      }),
  };
}

const groupOf = (link: PreferenceLink): number => (link.kind === "unsubscribe" ? link.group : 0);
const isGroup = (id: number): boolean => id !== 0;

/** The application wrote it; a browser must still not be sent to `javascript:`. */
function safeUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, href } = new URL(text);
  return protocol === "https:" || protocol === "http:" ? href : null;
}
