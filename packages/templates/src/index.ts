export { templateLimits } from "./limits.ts";
export type { RenderProblem, TemplatePart, TemplateProblem } from "./problem.ts";
export * from "./version.ts";
