import type { StoredOptions } from "@waxwing/store";

/** What an application asks for about the recipient's side: all of it off where it says nothing. */
export interface TrackingInput {
  readonly track?:
    | {
        readonly opens?: boolean | undefined;
        readonly clicks?: boolean | "html" | "all" | undefined;
        readonly replies?: boolean | undefined;
      }
    | undefined;
  readonly unsubscribe?: boolean | { readonly group?: number | undefined } | undefined;
}

/** Reads `track` and `unsubscribe`. What asks for nothing leaves nothing behind. */
export function readTracking({
  track,
  unsubscribe,
}: TrackingInput): Pick<StoredOptions, "track" | "unsubscribe"> {
  const opens = track?.opens === true;
  const clicks = track?.clicks === true ? "html" : track?.clicks || undefined;
  const replies = track?.replies === true;
  const group = typeof unsubscribe === "object" ? unsubscribe.group : undefined;
  return {
    ...((opens || clicks !== undefined || replies) && {
      track: {
        ...(opens && { opens: true as const }),
        ...(clicks !== undefined && { clicks }),
        ...(replies && { replies: true as const }),
      },
    }),
    ...(unsubscribe !== undefined &&
      unsubscribe !== false && { unsubscribe: group === undefined ? {} : { group } }),
  };
}
