import { Type } from "typebox";

/** A limit of a key or a project. */
export const RateLimit = Type.Integer({
  minimum: 1,
  maximum: 1_000_000,
  description: "Requests per second; twice as many may come at once. An SMTP message counts as one.",
});

/** A limit of a key or a project. */
export const DailyQuota = Type.Integer({
  minimum: 0,
  maximum: 2_000_000_000,
  description: "Recipients accepted on a day (UTC), over HTTP and SMTP.",
});
