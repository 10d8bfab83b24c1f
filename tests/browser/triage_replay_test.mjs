// A system refuses what is sent to it: the exception says which services were contacted, with every
// attempt; when the system is mended it is all sent again from the board.
import { createServer } from "node:http";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { browserTest, check, same, until } from "./harness.mjs";

const crm = { refuses: true, records: [] };
const listener = createServer(async (request, response) => {
    let body = "";
    for await (const text of request) body += text;
    const url = new URL(request.url, "http://crm");
    const answer = (status, value) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(JSON.stringify(value));
    };
    if (request.method === "GET") return answer(200, { items: crm.records.filter((one) => one.reference === url.searchParams.get("reference")) });
    if (crm.refuses) return answer(422, { message: "the field country is unknown" });
    crm.records.push({ id: String(crm.records.length + 1), ...JSON.parse(body) });
    return answer(201, crm.records.at(-1));
});
await new Promise((done) => listener.listen(0, "127.0.0.1", done));
const at = `http://127.0.0.1:${listener.address().port}`;

const destination = `
destination: crm
title: CRM
owner: revops-platform
team: integrations
kind: rest
events: [lead.captured]
private_network: true
timeout: 5s
retry: {immediate: 1, within: 1h}
breaker: {failures: 100, pause: 1s}
find:
  url: '"${at}/leads?reference=" + meta.id'
  id: 'response.body.items.size() > 0 ? string(response.body.items[0].id) : ""'
create:
  url: '"${at}/leads"'
  body: '{"reference": meta.id}'
  id: string(response.body.id)
update:
  method: PATCH
  url: '"${at}/leads/" + external_id'
  body: '{"reference": meta.id}'
`;

async function prepare(server) {
    await mkdir(path.join(server.mesh, "destinations"));
    await writeFile(path.join(server.mesh, "destinations/crm.yaml"), destination.trimStart());
}

await browserTest({ mesh: "examples/acme", prepare }, async ({ server, visit }) => {
    const made = await server.leads(
        "website",
        [1, 2, 3].map((number) => ({ firstName: "Ida", lastName: `Number ${number}`, email: `ida${number}@example.com`, country: "DE", company: `Company ${number}`, form: "contact" })),
    );
    const rows = await until(async () => {
        const found = (await server.get("/v1/exceptions?kind=delivery_failed")).exceptions;
        return found.length === made.length && found;
    }, "an exception for each lead that could not be delivered");

    const ana = await visit({ as: "ana" });
    await ana.go("/triage?kind=delivery_failed");
    await ana.sees(`${rows.length} open`);
    await ana.press("j", "Enter");
    await ana.sees("Deliveries that failed for good");
    await ana.sees("the answer was 422");
    await ana.page.click("button:has-text('attempts: show each')");
    await ana.sees("the field country is unknown");
    check(true, "it says which service was contacted, and what each attempt was answered");
    const again = ana.page.getByRole("button", { name: /^Send \d+ again$/ });
    crm.refuses = false;
    await again.click();
    await ana.sees("queued again");
    await until(() => crm.records.length === 1, "it arrives");
    check(true, "what failed is sent again from the board, and arrives");
    await ana.sees("None is left: the exception can be closed.");
    const left = await until(async () => {
        const open = (await server.get("/v1/exceptions?kind=delivery_failed")).exceptions;
        return open.length < rows.length && { open };
    }, "the exception is over by itself");
    check(true, "the exception is over when everything has arrived");
    same(left.open.length, rows.length - 1, "and no other");
    await ana.sees("overtaken", 20);
    same(await ana.violations(), [], "no accessibility violation");
});
listener.closeAllConnections();
listener.close();
