// Now: what a manager sees at first glance is what the server says, and it moves by itself.
import { browserTest, check, same, until } from "./harness.mjs";

const lead = (index, more = {}) => ({ email: `kim${index}@example.com`, firstName: "Kim", lastName: `Lee ${index}`, country: "US", form: "demo", intent: 90, ...more });

// The terms of the identity as they stand in the page.
const terms = (visitor) =>
    visitor.page.$$eval(".term", (all) => Object.fromEntries(all.map((one) => [one.querySelector(".term-label").textContent, Number(one.querySelector(".term-value").textContent.replaceAll(",", ""))])));

await browserTest({}, async ({ server, visit }) => {
    const ana = await visit({ as: "ana" });
    await ana.go("/");
    await ana.sees("Nothing needs you");
    check(true, "an empty mesh says that nothing needs anybody");

    // Ten good ones and one that nobody can take in, while the page is open.
    await server.leads("website", Array.from({ length: 10 }, (_, index) => lead(index)));
    await server.leads("website", [{ email: 17 }]);
    await until(async () => (await terms(ana)).accepted === 11, "the page counts eleven by itself");
    const books = await server.get("/v1/reconciliation");
    await until(async () => (await terms(ana)).owned === books.owned, "as many owned as the server says");
    same(await terms(ana), {
        accepted: books.accepted,
        owned: books.owned,
        waiting: books.waiting,
        "in exception": books.in_exception,
        nurture: books.nurture,
        closed: books.closed,
        "dead letters": books.dead_lettered,
        settled: books.settled,
    }, "the terms of the identity are the server's");
    check(await ana.has("✓ Balances"), "it says that it balances");

    // An exception comes: it is a sentence, and the sentence leads to it.
    await server.post(`/v1/leads/${(await server.get("/v1/leads?limit=1")).leads[0].id}/exceptions`, { note: "odd" });
    await ana.sees("to decide");
    await ana.page.click("text=to decide");
    await until(() => new URL(ana.page.url()).pathname.startsWith("/triage"), "the sentence leads to triage");
    check(true, "what needs somebody leads to where it is decided, by mouse");
    await ana.press("g", "n");
    await ana.sees("What needs somebody");
    check(true, "and back by keys");

    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            await guest.go("/");
            await guest.sees("Balances");
            same(await guest.violations(), [], `no accessibility violation, ${scheme}, ${width} px`);
            check((await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `nothing is wider than the page, ${scheme}, ${width} px`);
            await guest.context.close();
        }
});
