import type { Folder } from "../mailbox-session.ts";
import { SEPARATOR } from "./folder-name.ts";

/** A line of LIST: a folder, or a level that only exists because something lies below it. */
export interface ListedFolder {
  readonly name: string;
  /** Null for a level without a folder of its own. */
  readonly folder: Folder | null;
  readonly hasChildren: boolean;
  /** A folder further down is subscribed. */
  readonly subscribedBelow: boolean;
}

/** All levels by name, INBOX first, with what is known about their inferiors. */
export function buildFolderTree(folders: readonly Folder[]): readonly ListedFolder[] {
  const levels = new Map<string, { folder: Folder | null; hasChildren: boolean; subscribedBelow: boolean }>();
  const level = (name: string) => {
    const known = levels.get(name) ?? { folder: null, hasChildren: false, subscribedBelow: false };
    levels.set(name, known);
    return known;
  };
  for (const folder of folders) {
    level(folder.name).folder = folder;
    const parts = folder.name.split(SEPARATOR);
    for (let depth = parts.length - 1; depth > 0; depth -= 1) {
      const parent = level(parts.slice(0, depth).join(SEPARATOR));
      parent.hasChildren = true;
      parent.subscribedBelow ||= folder.subscribed;
    }
  }
  const rank = (name: string) => (name === "INBOX" ? 0 : 1);
  return [...levels]
    .map(([name, facts]) => ({ name, ...facts }))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
}
