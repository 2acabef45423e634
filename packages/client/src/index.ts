export {
  type Client,
  createClient,
  type EventFilter,
  type EventsOptions,
  type SendOptions,
} from "./client.ts";
export type * from "./operations.ts";
export { OPERATIONS } from "./operations.ts";
export type { AnswerOf, Call, CallOptions, ClientOptions, OperationName, RequestOf } from "./transport.ts";
export { WaxwingError } from "./waxwing-error.ts";
