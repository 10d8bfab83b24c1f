// Short names for the schemas of spec/openapi.yaml.
import type { components, operations, paths } from "#schema";

export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

// What the GET of a path answers with 200.
export type Answer<Path extends keyof paths> = paths[Path] extends {
    get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
    ? Body
    : never;

// What an operation takes as its query, and as its body.
export type Query<Name extends keyof operations> = NonNullable<operations[Name]["parameters"]["query"]>;

export type Lead = Schema<"Lead">;
