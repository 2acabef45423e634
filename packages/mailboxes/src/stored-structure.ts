import type * as message from "@waxwing/message";
import type { BodyStructure, Envelope } from "@waxwing/protocols";

/** The ENVELOPE for the protocols from the one that was filed: an absent field is an empty list there. */
export function shownEnvelope(stored: message.Envelope): Envelope {
  return {
    ...stored,
    from: stored.from ?? [],
    sender: stored.sender ?? [],
    replyTo: stored.replyTo ?? [],
    to: stored.to ?? [],
    cc: stored.cc ?? [],
    bcc: stored.bcc ?? [],
  };
}

/** The BODYSTRUCTURE for the protocols from the one that was filed. Its depth is bounded by `messageLimits`. */
export function shownBodyStructure(stored: message.BodyStructure): BodyStructure {
  if (stored.kind === "multipart") return { ...stored, parts: stored.parts.map(shownBodyStructure) };
  const { envelope, body, ...part } = stored;
  return {
    ...part,
    ...(envelope === undefined ? {} : { envelope: shownEnvelope(envelope) }),
    ...(body === undefined ? {} : { body: shownBodyStructure(body) }),
  };
}
