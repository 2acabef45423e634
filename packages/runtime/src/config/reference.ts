import { type Variable, variables } from "./variables.ts";

const head = `# Configuration

Waxwing is configured by environment variables. This page is generated from the table in
\`packages/runtime/src/config/variables.ts\` by \`node packages/runtime/generate.ts\`; do not edit it.

Every value is checked at start. All problems are reported together and the process ends with exit code 78; a value
that cannot be read never falls back to a default, and a \`WAXWING_\` variable that is not in this table is refused (names
that begin with \`WAXWING_TEST_\` are left to the tests). An empty value counts as unset.

* Durations are a whole number and a unit: \`500ms\`, \`30s\`, \`5m\`, \`4h\`, \`3d\`.
* Listen addresses are \`host:port\`, IPv6 in brackets (\`[::1]:25\`), port 0 for any free port, or \`off\` to close that door.

| variable | default | meaning |
|---|---|---|
`;

/** The configuration reference, Markdown, committed as docs/configuration.md. */
export function renderConfigReference(): string {
  const all: readonly Variable<unknown>[] = Object.values(variables);
  return head + all.map((row) => `| \`${row.name}\` | ${row.shownDefault} | ${row.meaning} |\n`).join("");
}
