import { type AnyPgColumn, boolean, index, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** A message made from variables. What it says is in its versions; the active one is sent. */
export const templates = pgTable(
  "templates",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** SendGrid's: a legacy template is filled by substitution, a dynamic one is Handlebars. */
    generation: text("generation", { enum: ["dynamic", "legacy"] })
      .notNull()
      .default("dynamic"),
    /** One of its own versions; null while none is to be sent. */
    activeVersionId: id("active_version_id").references((): AnyPgColumn => templateVersions.id, {
      onDelete: "set null",
    }),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [index("templates_project").on(table.projectId)],
);

/** What a template says. Only sources that compile are stored. */
export const templateVersions = pgTable(
  "template_versions",
  {
    id: id("id").primaryKey(),
    templateId: id("template_id")
      .notNull()
      .references((): AnyPgColumn => templates.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    subject: text("subject"),
    html: text("html"),
    text: text("text"),
    /** What it was made with, for the programs that ask. */
    editor: text("editor", { enum: ["code", "design"] })
      .notNull()
      .default("code"),
    /** Whether a missing text part is made from the html. */
    generateText: boolean("generate_text").notNull().default(true),
    /** Whether a missing variable is a problem. */
    strict: boolean("strict").notNull(),
    /** Variables to try it with. */
    testData: jsonb("test_data").$type<Readonly<Record<string, unknown>>>().notNull(),
    /** SHA-256 of the three sources, hexadecimal: what a compiled copy is known by. */
    sourceHash: text("source_hash").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [index("template_versions_template").on(table.templateId)],
);
