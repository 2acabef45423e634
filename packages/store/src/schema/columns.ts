import { customType, timestamp, uuid } from "drizzle-orm/pg-core";

/** Raw bytes; `Buffer` on both sides. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" });

/** A UUIDv7 made by the application (RFC 9562 §5.7): ordered by time, so that new rows land at the right edge of every index. */
export const id = (name: string) => uuid(name);

/** `timestamp with time zone`, read as a `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
