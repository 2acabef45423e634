import type { ParsedMessage } from "@waxwing/message";
import type { AuthenticationResults } from "@waxwing/seal";
import type { MailClass } from "./classify.ts";
import type { Arrival } from "./receive.ts";

/** A mail that is authenticated and classified. */
export interface ExaminedMail {
  readonly arrival: Arrival;
  readonly parsed: ParsedMessage;
  readonly authentication: AuthenticationResults;
  readonly mailClass: MailClass;
}
