import { boolean, date, doublePrecision, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";

/** A way out: an address of this machine, or a relay. */
export const egressSources = pgTable("egress_sources", {
  id: id("id").primaryKey(),
  name: text("name").notNull().unique(),
  /** The address that connections come from; null: the system's choice. */
  localAddress: text("local_address"),
  /** Our name in EHLO; null: the host's. */
  heloName: text("helo_name"),
  relayHost: text("relay_host"),
  relayPort: integer("relay_port"),
  relayImplicitTls: boolean("relay_implicit_tls").notNull().default(false),
  relayUsername: text("relay_username"),
  sealedRelayPassword: text("sealed_relay_password"),
  /** Over all sites and processes; null: any number. */
  messagesPerSecond: doublePrecision("messages_per_second"),
  /** The first day of the warm-up (UTC); null: none. */
  warmUpStart: date("warm_up_start", { mode: "string" }),
  /** Messages on each day of the warm-up; after its last day there is no limit. */
  warmUpCaps: integer("warm_up_caps").array().notNull().default([]),
  revision: integer("revision").notNull().default(1),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/** Sources that share the mail that names the pool. */
export const egressPools = pgTable("egress_pools", {
  id: id("id").primaryKey(),
  name: text("name").notNull().unique(),
  /** Name of the pool that takes what no source of this one may take today; null: it waits. */
  overflow: text("overflow"),
  /** Projects that may use it; empty: all. */
  projectIds: id("project_ids").array().notNull().default([]),
  revision: integer("revision").notNull().default(1),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/** How much of a pool's mail a source takes. */
export const egressPoolMembers = pgTable(
  "egress_pool_members",
  {
    poolId: id("pool_id")
      .notNull()
      .references(() => egressPools.id, { onDelete: "cascade" }),
    sourceId: id("source_id")
      .notNull()
      .references(() => egressSources.id),
    weight: integer("weight").notNull(),
  },
  (table) => [primaryKey({ columns: [table.poolId, table.sourceId] })],
);
