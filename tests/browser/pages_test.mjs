// Every page, on a company with something to show: no accessibility violation in light and dark, at
// 1280 and 390 px; nothing wider than the page; one heading; a title; no console error; no request to
// anybody else. Leaves a picture of each in build/screenshots.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { browserTest, check, root, same } from "./harness.mjs";

const people = ["Ada Byron", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov", "Donald Knuth", "Frances Allen", "Ken Thompson"];
const countries = ["US", "DE", "GB", "FR", "JP", "BR", "SE", "AU"];

// Leads of all classes and regions, records that break the contract, contacts, exceptions, an
// incident, a silence.
async function fill(server) {
    const records = people.flatMap((name, index) =>
        ["demo", "download", "contact"].map((form, turn) => ({
            email: `${name.split(" ")[1].toLowerCase()}${turn}@company${index}.example`,
            firstName: name.split(" ")[0],
            lastName: name.split(" ")[1],
            company: `Company ${index}`,
            country: countries[index],
            employees: 50 * (index + 1) * (turn + 1) ** 3,
            intent: (37 * index + 29 * turn) % 100,
            fit: (53 * index + 17 * turn) % 100,
            form,
            campaign: ["autumn", "robots-2026"][turn % 2],
        })),
    );
    await server.leads("website", records);
    await server.leads("partner-portal", [{ contact: { email: "not an address" }, employees: "many" }, { nothing: "known" }]);
    const { leads } = await server.get("/v1/leads?place=owned&limit=20");
    for (const one of leads.slice(0, 5)) await server.post(`/v1/leads/${one.id}/contacts`, { channel: "phone", note: "left a message" });
    await server.post(`/v1/leads/${leads[6].id}/exceptions`, { note: "twice from one address", kind: "fraud_suspected" });
    await server.post(`/v1/leads/${leads[7].id}/exceptions`, { note: "speaks only Basque" });
    await server.post("/v1/incidents", { title: "Calls come late in EMEA", team: "sales-development" });
    const last = await server.post("/v1/silences", { rule: "surge", for: "2h", reason: "the autumn mailing goes out" });
    await server.get("/v1/reconciliation", { "Min-Seq": String(last.seq) });
    const first = async (at, list) => (await server.get(at))[list][0].id;
    return {
        lead: leads[0].id,
        exception: await first("/v1/exceptions?limit=1", "exceptions"),
        incident: await first("/v1/incidents", "incidents"),
        letter: await first("/v1/dead-letters", "dead_letters"),
    };
}

await browserTest({}, async ({ server, visit }) => {
    await mkdir(path.join(root, "build/screenshots"), { recursive: true });
    const some = await fill(server);
    const pages = {
        now: "/",
        triage: "/triage",
        exception: `/triage/${some.exception}`,
        leads: "/leads",
        lead: `/leads/${some.lead}`,
        mine: "/mine?rep=helen.marsh",
        objectives: "/objectives",
        alerts: "/alerts",
        incidents: "/incidents",
        incident: `/incidents/${some.incident}`,
        reports: "/reports",
        routing: "/routing",
        pool: "/pools/emea",
        sources: "/sources",
        source: "/sources/partner-portal",
        "dead-letters": "/dead-letters",
        "dead-letter": `/dead-letters/${some.letter}`,
        destinations: "/destinations",
        "on-call": "/on-call",
    };
    const looks = [
        ["light", 1280],
        ["dark", 1280],
        ["light", 390],
        ["dark", 390],
    ];
    for (const [scheme, width] of looks) {
        const guest = await visit({ as: "ana", scheme, width });
        for (const [name, at] of Object.entries(pages)) {
            await guest.go(at);
            await guest.page.waitForFunction(() => document.querySelector(".loading") === null);
            const found = await guest.violations();
            const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            const headings = await guest.page.locator("h1").count();
            const title = await guest.page.title();
            const good = found.length === 0 && wider <= 0 && headings === 1 && title.length > 0;
            check(good, `${name}, ${scheme}, ${width} px`, [...found, `wider by ${wider}`, `${headings} main headings`, title].join("\n"));
            await guest.screenshot(`${name}-${scheme}-${width}`);
        }
        await guest.context.close();
    }
    same((await server.get("/v1/reconciliation")).balanced, true, "looking changed nothing: the books balance");
});
