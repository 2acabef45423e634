import type { FastifyInstance } from "fastify";

/** A route as it was registered: `GET`, `/messages/:id`. */
export interface RegisteredRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** `GET /messages/:id` */
  readonly name: string;
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
/** A line of the tree: `│   ├── /:id (GET, HEAD)`. */
const LINE = /^((?:│ {3}| {4})*)(?:├── |└── )(\S*)(?: \(([^)]+)\))?$/;

/** Every route of an API, also those that are not described: read from the router, so that no new one is forgotten. */
export function registeredRoutes(app: FastifyInstance): readonly RegisteredRoute[] {
  const routes: RegisteredRoute[] = [];
  const parents: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split("\n")) {
    if (line === "") continue;
    const [, indent, segment, methods] = LINE.exec(line) ?? [];
    if (indent === undefined || segment === undefined) throw new Error(`not a line of the tree: ${line}`);
    const depth = indent.length / 4;
    parents.length = depth;
    parents.push(segment);
    const path = parents.join("").replace(/^\/+/, "/");
    for (const method of methods?.split(", ") ?? []) {
      if (!METHODS.has(method)) continue;
      routes.push({ method: method as RegisteredRoute["method"], path, name: `${method} ${path}` });
    }
  }
  if (routes.length < 40) throw new Error("the tree of routes was not understood");
  return routes;
}
