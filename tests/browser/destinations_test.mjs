// Destinations: a CRM that refuses some records and then goes away. Somebody finds out why, pauses,
// sends again what failed, and proves by comparison that everything arrived.
import { createServer } from "node:http";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { browserTest, check, same, until } from "./harness.mjs";

// A CRM that keeps records by our reference; `mode` says how it behaves. /hook is another system.
async function startCrm() {
    const crm = { records: [], mode: "ok" };
    const answer = (response, status, value) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(JSON.stringify(value));
    };
    const write = (request, url, value) => {
        if (request.method === "POST") {
            const made = { id: String(crm.records.length + 100), ...value };
            crm.records.push(made);
            return [201, made];
        }
        const found = crm.records.find((one) => one.id === url.pathname.split("/").at(-1));
        return found ? [200, Object.assign(found, value)] : [404, { message: "no such record" }];
    };
    const server = createServer(async (request, response) => {
        let body = "";
        for await (const text of request) body += text;
        const url = new URL(request.url, "http://crm");
        if (url.pathname === "/hook") return answer(response, 200, {});
        if (crm.mode === "down") return answer(response, 503, { message: "maintenance until noon" });
        const reference = url.searchParams.get("reference");
        if (request.method === "GET")
            return answer(response, 200, { items: crm.records.filter((one) => reference === null || one.reference === reference) });
        if (crm.mode === "picky") return answer(response, 422, { message: "the field owner is unknown" });
        return answer(response, ...write(request, url, JSON.parse(body)));
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    crm.url = `http://127.0.0.1:${server.address().port}`;
    crm.stop = () => {
        server.closeAllConnections();
        server.close();
    };
    return crm;
}

// The outbox mesh with the stand-in as its CRM and as its webhook, and nothing else that is elsewhere.
async function pointAt(mesh, crm) {
    const edit = async (file, ...changes) => {
        const text = await readFile(path.join(mesh, file), "utf8");
        await writeFile(path.join(mesh, file), changes.reduce((now, [from, to]) => now.replaceAll(from, to), text));
    };
    for (const name of ["bus", "mail", "partners", "sales-chat", "warehouse"]) await rm(path.join(mesh, "destinations", name + ".yaml"));
    await rm(path.join(mesh, "notifications.yaml"));
    await rm(path.join(mesh, "providers"), { recursive: true });
    await edit("pipelines/inbound.yaml", [/\nenrichment:[^]*?(?=\nroutes:)/g, ""], [/  (enrichment_timeout|fraud_suspected).*\n/g, ""], [/enriched: \w+, /g, ""]);
    await edit("people.yaml", [/    contact: .*\n/g, ""], ["  calendar: office", "  calendar: always"]);
    await edit(
        "destinations/crm.yaml",
        ["http://127.0.0.1:9101", crm.url],
        [/retry:[^]*?breaker:.*\n/g, "retry: {immediate: 1, within: 3d}\nbreaker: {failures: 3, pause: 10m}\n"],
        [/\nsync:[^]*$/g, "\n"],
        [/\nauth:\n.*\n/g, "\n"],
    );
    await edit(
        "destinations/platform.yaml",
        ["https://platform.example.com/hooks/leads", crm.url + "/hook"],
        [/secrets:[^]*$/g, "secret: {env: PLATFORM_WEBHOOK_SECRET}\nprivate_network: true\n"],
        [/# While a secret.*\n/g, ""],
    );
}

const crm = await startCrm();
const environment = { PLATFORM_WEBHOOK_SECRET: "whsec_" + Buffer.from("a secret of this test only!").toString("base64") };

await browserTest({ mesh: "examples/outbox", prepare: (server) => pointAt(server.mesh, crm), environment }, async ({ server, visit }) => {
    const post = (from, to) =>
        server.leads("website", Array.from({ length: to - from }, (_, n) => ({ email: `p${from + n}@firm.example`, name: `Person ${from + n}`, form: "demo" })));
    const fares = (about, what) => until(async () => about(await server.get("/v1/destinations/crm")), what);
    await post(0, 4);
    await fares((one) => one.deliveries.delivered === 4, "four records are there");
    crm.mode = "picky";
    await post(4, 7);
    await fares((one) => one.deliveries.failed === 3, "three are refused");
    crm.mode = "down";
    await post(7, 12);
    await fares((one) => one.breaker === "open", "the breaker opens");

    const ana = await visit({ as: "ana" });
    const { page } = ana;
    await ana.go("/destinations");
    await ana.sees("breaker open");
    await ana.sees("tries again in");
    await ana.sees("the answer was 503: it is in trouble itself");
    check(true, "the list tells what is down, why, and when it is tried again");

    // By keyboard: pause it, with a reason.
    await ana.press("j", "Enter");
    await until(() => page.url().endsWith("/destinations/crm"), "the troubled one is first; Enter opens it");
    await ana.sees("Why something has not arrived");
    await ana.press("p");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("their maintenance lasts until noon");
    await ana.press("Tab", "Enter");
    await ana.sees("Paused by ana: their maintenance lasts until noon");
    same((await server.get("/v1/destinations/crm")).paused, true, "paused, and by whom and why");

    // One that failed: what was answered, then away with it.
    await page.selectOption("select >> nth=0", "failed");
    await until(() => page.url().includes("state=failed"), "the filter is in the address");
    await page.click("#deliveries tbody a >> nth=0");
    await until(() => page.url().includes("/deliveries/M"), "a delivery has a page");
    same(await page.getAttribute(".navigation a[aria-current]", "href"), "/destinations", "the navigation says where one is");
    await ana.sees("the field owner is unknown");
    check(await ana.has("refused"), "every attempt is told, with what was answered");
    const id = page.url().split("/").at(-1);
    await ana.press("d");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("that lead was a test");
    await ana.press("Tab", "Enter");
    await ana.sees(`${id} is discarded`);
    same((await server.get(`/v1/deliveries/${id}`)).state, "discarded", "one is given up");

    // By mouse: it is back. Resume, and send again what it had refused.
    crm.mode = "ok";
    await ana.go("/destinations/crm");
    await page.click("text=Resume…");
    await page.click("dialog >> text=Resume it");
    await fares((one) => !one.paused && one.deliveries.pending === 0 && one.deliveries.delivered === 9, "what waited arrives");
    await ana.sees("What is due arrives.");
    check(true, "resumed: what waited has arrived");
    await page.click("tr:has-text('422') >> text=Send again…");
    await page.fill("dialog textarea", "they added the field");
    await page.click("dialog >> button:has-text('Send again')");
    await ana.sees("2 deliveries are queued again");
    await fares((one) => one.deliveries.failed === 0, "what had failed arrives");
    check(true, "what had failed is sent again, with the reason");
    await ana.press("Escape");

    // Somebody deletes records over there: the comparison finds them, the repair sends them.
    crm.records.splice(0, 2);
    crm.records.push({ id: "7", reference: "L999999" });
    await page.click("text=Compare with what it has");
    await ana.sees("2 missing");
    check(await ana.has("1 not from here"), "the comparison tells what is missing and what is foreign");
    await page.click("text=Send 2 missing ones again…");
    await page.fill("dialog textarea", "somebody tidied up over there");
    await page.click("text=Compare again and send");
    await ana.sees("2 deliveries were queued again");
    await until(() => crm.records.length === 12, "they are there again");
    check(true, "the repair sends what was missing");
    const terms = await server.get("/v1/destinations/crm/reconciliation");
    same([terms.balanced, terms.failed, terms.discarded], [true, 0, 1], "the terms balance");

    // All deliveries, by mouse and by keyboard; the address keeps what was chosen.
    await ana.go("/destinations");
    await page.click("h1 ~ * >> text=All deliveries");
    const column = (label) => page.$$eval(`#deliveries td[data-label="${label}"]`, (cells) => cells.map((cell) => cell.textContent));
    const asked = async (parameters) => (await server.get(`/v1/deliveries?limit=50&${parameters}`)).deliveries.map((one) => one.destination ?? "nobody");
    const shows = (expected, what) => until(async () => JSON.stringify(await column("To")) === JSON.stringify(expected), what);
    const everything = await asked("");
    await shows(everything, "as the server has them");
    check(["crm", "export", "platform"].every((one) => everything.includes(one)), "those to all destinations are there, newest first");
    await page.selectOption("select >> nth=0", "platform");
    await shows(await asked("destination=platform"), "only those to one");
    await page.selectOption("select >> nth=0", "");
    await page.selectOption("select >> nth=1", "discarded");
    await shows(["crm"], "only what was given up");
    same(new URL(page.url()).search, "?state=discarded", "the filters are in the address");
    await ana.press("j", "Enter");
    await until(() => page.url().endsWith(`/deliveries/${id}`), "Enter opens the delivery");
    await page.goBack();
    await shows(["crm"], "back: the filter is kept");
    check(true, "all deliveries are filtered by destination and by state");
    await ana.context.close();

    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            for (const at of ["/destinations", "/destinations/crm?state=discarded", "/deliveries", `/deliveries/${id}`]) {
                await guest.go(at);
                await until(async () => !(await guest.has("Loading…")), "it is there");
                same(await guest.violations(), [], `no accessibility violation at ${at}, ${scheme}, ${width} px`);
                const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                check(wider <= 0, `nothing is wider than the page at ${at}, ${scheme}, ${width} px`, wider);
            }
            await guest.context.close();
        }
});
crm.stop();
