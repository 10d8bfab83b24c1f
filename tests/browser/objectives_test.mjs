// Objectives: the numbers are those of the server, each leads to its leads; by mouse and by keys; another
// question is another address; the oldest past their promise, where the time goes, campaign to outcome.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { browserTest, check, same, until } from "./harness.mjs";

// A hot lead is to be called within a second, so that some are late before anybody can call.
async function hurry(server) {
    const file = path.join(server.mesh, "pipelines/inbound.yaml");
    const policy = await readFile(file, "utf8");
    await writeFile(file, policy.replace("contacted: 5m, qualified: 2d", "contacted: 1s, qualified: 2d"));
}

const person = (number, more) => ({
    firstName: "Person",
    lastName: String(number),
    company: `Company ${number}`,
    email: `p${number}@company${number}.example`,
    country: "DE",
    campaign: number % 2 === 0 ? "autumn" : "spring",
    ...more,
});

const HOT = 4; // late
const CALLED = 3; // of class standard, in time

async function setOut(server) {
    await server.leads("website", Array.from({ length: HOT }, (_, index) => person(index, { form: "demo" })));
    await server.leads("website", Array.from({ length: CALLED }, (_, index) => person(10 + index, { form: "contact", intent: 50 })));
    const { leads } = await server.get("/v1/leads?class=standard");
    for (const lead of leads) await server.post(`/v1/leads/${lead.id}/contacts`, { channel: "phone" }, { "If-Match": `"${lead.version}"` });
    await until(async () => {
        const { objectives } = await server.get("/v1/objectives?objective=contacted");
        const of = (name, member) => objectives.find((one) => one.class === name)?.[member];
        return of("hot", "late") === HOT && of("standard", "met") === CALLED;
    }, "four late and three in time");
}

// The leads that the page's address stands for, as the server has them.
async function leadsAt(server, visitor) {
    const { leads } = await server.get("/v1/leads" + new URL(visitor.page.url()).search);
    return leads.length;
}

const at = (visitor) => new URL(visitor.page.url());

async function byMouse(server, ana) {
    await ana.go("/objectives");
    await ana.sees(`${CALLED} of ${HOT + CALLED}, ${HOT} late`);
    check(true, "the promise of a first contact in one number, as the server has it");
    same(await ana.page.getAttribute('.promise:has-text("First contact")', "aria-pressed"), "true", "the page is about the first contact, unless said");
    same(await ana.page.locator(".heat tbody th").allInnerTexts().then((names) => names.map((one) => one.split(/\s/)[0])), ["hot", "standard"], "classes by urgency");

    await ana.page.click('.numbers tr:has-text("hot") a:text-is("4")');
    await until(() => at(ana).pathname === "/leads", "a number leads to its leads");
    same(at(ana).searchParams.get("outcome"), "late", "the late ones");
    same(await leadsAt(server, ana), HOT, "which are as many as the number says");

    await ana.page.goBack();
    await ana.page.click('.promise:has-text("First owner")');
    await until(() => at(ana).searchParams.get("objective") === "assigned", "another promise");
    await ana.sees("First owner in time, by class");
    await ana.page.click('button:text-is("Source")');
    await ana.sees("First owner in time, by source");
    await ana.sees("Forms on www.acme-robotics.example");
    check(at(ana).search.includes("by=source"), "by source, by its title; all of it in the address");
    await ana.page.click('button:text-is("30 days")');
    await until(() => at(ana).searchParams.get("span") === "30d", "30 days");
    await until(async () => (await ana.page.locator(".heat thead tr:last-child th").count()) === 31, "30 days are 30 columns, behind the names");
    check(true, "30 days are 30 columns");
}

async function byKeys(server, ana) {
    await ana.press("g", "o");
    await ana.go("/objectives?span=today");
    await ana.sees("First contact in time, by class");
    await until(async () => (await ana.page.locator("a.heat-cell").count()) === 2, "cells of two classes");
    same(await ana.page.locator('.heat-cell[tabindex="0"]').count(), 1, "one cell of the heatmap is in the order of the keyboard");
    await ana.page.focus('.heat-cell[tabindex="0"]');
    const column = await ana.page.evaluate(() => [...document.querySelectorAll(".heat tbody tr:first-child .heat-cell")].findIndex((one) => one.tagName === "A"));
    const columns = await ana.page.locator(".heat tbody tr:first-child .heat-cell").count();
    for (let step = columns - 1; step > column; step--) await ana.press("ArrowLeft");
    await ana.sees("hot, first contact,");
    await ana.sees("0 % in time; 0 of 4; 4 late");
    check(true, "arrows move over the cells, whose sentence stands below");
    await ana.press("ArrowDown");
    await ana.sees("100 % in time; 3 of 3");
    await ana.press("ArrowUp", "Enter");
    await until(() => at(ana).pathname === "/leads", "Enter leads to the leads of the cell");
    same([at(ana).searchParams.get("class"), at(ana).searchParams.get("outcome")], ["hot", "late"], "those of the class that are late");
    same(await leadsAt(server, ana), HOT, "as many as the cell says");
}

// The same counts of yesterday beside today's, so that a cell of the folded heatmap is of two days.
async function twoDays(route) {
    const response = await route.fetch();
    const body = await response.json();
    const before = (hour) => new Date(Date.parse(hour) - 24 * 3600 * 1000).toISOString();
    body.objectives.push(...body.objectives.map((one) => ({ ...one, hour: before(one.hour) })));
    await route.fulfill({ response, json: body });
}

async function folded(server, ana) {
    await ana.go("/objectives");
    await ana.page.click('button:text-is("By hour of day")');
    await ana.sees("First contact in time, by class and hour of the day");
    same(at(ana).searchParams.get("columns"), "hour", "folded by hour of day, in the address");
    same(await ana.page.locator(".heat thead th:not(.heat-name)").count(), 24, "24 columns");
    await until(async () => (await ana.page.locator("a.heat-cell").count()) === 2, "cells of two classes, of one day");
    await ana.page.click('.heat tr:has-text("hot") a.heat-cell');
    await until(() => at(ana).pathname === "/leads", "a cell of one day leads to its leads");
    same(await leadsAt(server, ana), HOT, "as many as the cell says");

    await ana.page.route(/objectives.*cells=true/, twoDays);
    await ana.go("/objectives?columns=hour");
    await until(async () => (await ana.page.locator("span.heat-cell.good, span.heat-cell.worst").count()) === 2, "cells of two days");
    same(await ana.page.locator("a.heat-cell").count(), 0, "one of two days leads nowhere");
    await ana.page.hover(".heat-cell.worst");
    await ana.sees(`on 2 days: 0 % in time; 0 of ${2 * HOT}`);
    await ana.page.unroute(/objectives.*cells=true/);
}

async function heldThen(ana) {
    await ana.go("/objectives?by=rep");
    await ana.sees("Counted for the rep that had the lead when its promise turned out.");
    await ana.go("/objectives?by=source");
    await ana.sees("First contact in numbers, by source");
    check(!(await ana.has("when its promise turned out")), "what is counted of a rep is not who has it now; the page says so, and only there");
}

async function theRest(server, ana) {
    await ana.go("/objectives");
    const oldest = ana.page.locator("#overdue");
    await until(async () => (await oldest.locator("tbody tr").count()) === HOT, "the oldest past their promise");
    const { leads } = await server.get("/v1/leads?objective=contacted&outcome=overdue&open=true&sort=oldest");
    same(
        await oldest.locator("tbody a[href^='/leads/']").evaluateAll((links) => links.map((one) => one.getAttribute("href").slice("/leads/".length))),
        leads.map((lead) => lead.id),
        "oldest first, as the server has them",
    );
    const reps = new Map((await server.get("/v1/reps")).reps.map((one) => [one.id, one.name]));
    const owners = leads.map((lead) => (lead.owner ? reps.get(lead.owner) : "nobody"));
    const shown = await oldest.locator("tbody tr").allInnerTexts();
    check(
        owners.every((owner, index) => shown[index].includes(owner)),
        "with their owners",
        `${owners} in ${shown}`,
    );
    check(shown.every((one) => one.includes("late")), "and how long they are late");

    const { latency } = await server.get("/v1/latency");
    await ana.sees("where the time goes");
    same(await ana.page.locator(".latency-bar").count(), latency.classes.length + (latency.classes.length > 1 ? 1 : 0), "a bar for each class that was contacted");
    const { rows } = await server.get("/v1/attribution?by=campaign");
    const section = ana.page.locator('section:has(h2:has-text("What became of the leads"))');
    for (const row of rows)
        check((await section.locator(`tr:has-text("${row.value}")`).innerText()).includes(String(row.captured)), `campaign ${row.value}: ${row.captured} captured`);
    await section.locator('button:text-is("Source")').click();
    await until(() => at(ana).searchParams.get("outcome_by") === "source", "by source");
    await ana.sees("What became of the leads that came, by source");

    await ana.page.click('button:text-is("From … to")');
    await ana.page.fill('input[type="datetime-local"] >> nth=0', "2020-01-01T00:00");
    await ana.page.fill('input[type="datetime-local"] >> nth=1', "2020-01-08T00:00");
    await ana.page.click('button:text-is("Show")');
    await ana.sees("Nobody was contacted in this time.");
    check(at(ana).searchParams.get("from") === "2020-01-01T00:00", "any span, in the address");
}

// The server counts by its own hours; what a clock half an hour off calls an hour begins within one.
async function halfAnHourOff(server, browser) {
    const context = await browser.newContext({ timezoneId: "Asia/Kolkata", locale: "en-GB" });
    const page = await context.newPage();
    await page.goto(`${server.url}/objectives?span=custom&from=${new Date().toISOString()}`);
    await until(async () => (await page.locator("a.heat-cell").count()) === 2, "cells of both classes in Kolkata");
    check(true, "where clocks are half an hour off, nothing is left out");
    await context.close();
}

await browserTest({ prepare: hurry }, async ({ server, visit, browser }) => {
    await setOut(server);
    const ana = await visit({ as: "ana" });
    await byMouse(server, ana);
    await byKeys(server, ana);
    await folded(server, ana);
    await heldThen(ana);
    await theRest(server, ana);
    await halfAnHourOff(server, browser);
    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            await guest.go("/objectives?by=campaign");
            await guest.sees("What became of the leads that came");
            await until(() => guest.page.locator(".latency-bar").count(), "all sections");
            same(await guest.violations(), [], `no accessibility violation, ${scheme}, ${width} px`);
            const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            check(wider <= 0, `nothing is wider than the page, ${scheme}, ${width} px`, wider);
            await guest.context.close();
        }
});
