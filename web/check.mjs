#!/usr/bin/env node
// Type-checks web/src against spec/openapi.yaml: generates build/web/schema.d.ts, then runs tsc.
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const schema = await openapiTS(pathToFileURL(path.join(root, "spec/openapi.yaml")));
await mkdir(path.join(root, "build/web"), { recursive: true });
await writeFile(path.join(root, "build/web/schema.d.ts"), astToString(schema));
const tsc = path.join(root, "node_modules/typescript/bin/tsc");
const made = spawnSync(process.execPath, [tsc, "--project", path.join(root, "web")], { stdio: "inherit" });
process.exit(made.status ?? 1);
