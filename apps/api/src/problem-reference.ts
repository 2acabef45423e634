import { PROBLEMS, problemType } from "./problems.ts";

/** `docs/errors.md`: the catalogue as a page. */
export function renderProblemReference(): string {
  const sections = Object.entries(PROBLEMS).map(
    ([code, { status, title, meaning }]) => `## ${code}\n\n**${status}** ${title}. ${meaning}\n`,
  );
  return `# Errors

The native API answers every refusal with \`application/problem+json\` (RFC 9457). This page is generated from the table in
\`apps/api/src/problems.ts\` by \`node apps/api/generate.ts\`; do not edit it.

    {
      "type": "${problemType("invalid-request")}",
      "title": "${PROBLEMS["invalid-request"].title}",
      "status": 400,
      "detail": "2 fields are not valid",
      "errors": [
        { "field": "to[1]", "message": "has no @" },
        { "field": "attachments[0].content", "message": "is not base64: character 7 is a line break" }
      ]
    }

\`type\` ends in the code of the problem, the headings below. Programs may rely on it and on the status; titles, details and messages
are for people. \`errors\` is always there and names fields by their path in the request; it has all of them at once, at most 100.

${sections.join("\n")}`;
}
