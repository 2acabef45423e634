export { type ApiDependencies, buildApi } from "./api.ts";
export { SCOPES, type Scope } from "./authenticate.ts";
export { type RunningApi, startApi } from "./start.ts";
