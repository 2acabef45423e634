import type { PartsSubmission, Submitter } from "@waxwing/outbound";
import type { StoredMailbox, StoredOptions } from "@waxwing/store";
import type { CustomHeaders } from "./extras.ts";
import type { Mail } from "./mail.ts";
import type { Personalization } from "./personalizations.ts";
import type { Wording } from "./wording.ts";

/**
 * What is handed to the store for a mail that is sound: one message per personalization.
 *
 * @param from the mail's sender
 * @param wordings in the order of the personalizations
 */
export function submissionsOf(
  mail: Mail,
  from: StoredMailbox,
  wordings: readonly Wording[],
  submitter: Submitter & { readonly requestId: string },
): readonly PartsSubmission[] {
  const shared = optionsOf(mail);
  return wordings.flatMap((wording, index): readonly PartsSubmission[] => {
    const personalization = mail.personalizations[index];
    if (personalization === undefined) return [];
    const { to, cc, customArgs, sendAtMs } = personalization;
    const { substitutions } = wording;
    return [
      {
        kind: "parts",
        ...submitter,
        ...(mail.batchId !== undefined && { batchId: mail.batchId }),
        options: substitutions === undefined ? shared : { ...shared, substitutions },
        headers: {
          from: personalization.from ?? from,
          to,
          cc,
          replyTo: mail.replyTo,
          custom: mergeHeaders(mail.headers, personalization.headers),
        },
        bcc: blindCopiesOf(personalization, mail.settings.bcc),
        subject: wording.subject,
        content: wording.content,
        tags: mail.categories,
        metadata: customArgs === undefined ? mail.customArgs : { ...mail.customArgs, ...customArgs },
        priority: "standard",
        sendAtMs: sendAtMs === undefined ? mail.sendAtMs : sendAtMs,
        ttlMs: null,
      },
    ];
  });
}

function optionsOf({ tracking, asm, settings, pool }: Mail): StoredOptions {
  const unsubscribe =
    asm === undefined
      ? tracking.unsubscribe
      : {
          ...tracking.unsubscribe,
          group: asm.groupId,
          ...(asm.shown.length > 0 && { show: asm.shown }),
        };
  return {
    ...(tracking.track !== undefined && { track: tracking.track }),
    ...(unsubscribe !== undefined && { unsubscribe }),
    ...(settings.bypass.length > 0 && { bypass: settings.bypass }),
    ...(pool !== undefined && { pool }),
  };
}

/** The headers of a personalization stand in for those of the request with the same name. */
function mergeHeaders(headers: CustomHeaders, own: CustomHeaders | undefined): CustomHeaders {
  if (own === undefined) return headers;
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  return [...headers.filter(([name]) => !names.has(name.toLowerCase())), ...own];
}

function blindCopiesOf(
  { to, cc, bcc }: Personalization,
  always: StoredMailbox | undefined,
): readonly StoredMailbox[] {
  if (always === undefined) return bcc;
  const address = always.address.toLowerCase();
  const known = [...to, ...cc, ...bcc].some((mailbox) => mailbox.address.toLowerCase() === address);
  return known ? bcc : [...bcc, always];
}
