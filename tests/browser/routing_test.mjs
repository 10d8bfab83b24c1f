// Routing: the lead path as the server has it, at 1280 px as a picture and at 390 px as a list; routes that
// never hit; a pool: away, capacity, seen by others at once; whether the work is shared fairly.
import { browserTest, check, same, until } from "./harness.mjs";

const person = (number, more) => ({ firstName: "Person", lastName: String(number), email: `p${number}@company${number}.example`, company: `Company ${number}`, ...more });

async function setOut(server) {
    const countries = ["US", "US", "US", "DE", "DE", "JP"];
    await server.leads("website", countries.map((country, index) => person(index, { country, form: "demo" })));
    await server.leads("website", [{ firstName: "No", lastName: "Address", country: "DE", form: "contact" }]);
}

const at = (visitor) => new URL(visitor.page.url());
const nodeOf = (visitor, id) => visitor.page.locator(`[data-node="${id}"]`);
const routeRow = (visitor, name) => visitor.page.locator(`[id="route-${name}"]`);

async function thePath(server, ana) {
    await ana.go("/routing");
    const path = await server.get("/v1/lead-path");
    await until(() => nodeOf(ana, "route:dach").count(), "the path");
    same((await ana.page.locator(".path-node").count()), path.nodes.length, "every place of the path is there");
    for (const id of ["source:website", "class:hot", "route:dach", "exception:missing_email"]) {
        const node = path.nodes.find((one) => one.id === id);
        same(await nodeOf(ana, id).locator(".path-count").innerText(), String(node.count), `${id}: as many leads as the server counts`);
    }
    await nodeOf(ana, "route:dach").hover();
    await until(async () => (await nodeOf(ana, "class:hot").getAttribute("class")).includes(" on"), "what leads there is marked");
    check((await nodeOf(ana, "route:asia").getAttribute("class")).includes(" off"), "what does not is dimmed");
    await ana.sees("lead.country in territory.dach");
    check(true, "pointing at a route shows its condition and its way");
    await ana.page.mouse.move(5, 5);

    await ana.page.locator('[data-edge="class:hot>route:dach"]').dispatchEvent("click");
    await until(() => at(ana).pathname === "/leads", "a ribbon leads to its leads");
    same((await server.get("/v1/leads" + at(ana).search)).leads.length, 2, "the two that went there");

    await ana.page.goBack();
    await until(() => nodeOf(ana, "pool:dach").count(), "the path again");
    await nodeOf(ana, "route:dach").focus();
    await ana.press("Tab");
    check(await ana.page.evaluate(() => document.activeElement?.matches(".path-node")), "Tab goes on to the next place");
    await nodeOf(ana, "route:dach").focus();
    await ana.press("Enter");
    await until(() => at(ana).pathname === "/leads" && at(ana).searchParams.get("route") === "dach", "Enter gets there");
    check(true, "places are reached by keys");
}

async function theTables(server, ana) {
    await ana.go("/routing");
    const contract = await server.get("/v1/routing-contract");
    await until(async () => (await ana.page.locator('[id^="route-"]').count()) >= contract.routes.length, "all routes");
    check((await routeRow(ana, "dach").innerText()).includes("2"), "how many leads took a route");
    await until(async () => (await routeRow(ana, "asia").innerText()).includes("1"), "and another");
    await until(async () => (await routeRow(ana, "newsletter").innerText()).includes("never"), "a route that never hit says so");
    check((await routeRow(ana, "newsletter").innerText()).includes("lead.form == \"newsletter\""), "with its condition");
    await ana.sees(contract.version.slice(0, 12));
    await ana.sees("revops-platform");
    check(true, "which release is in force, and whose it is");
    same(await ana.page.getAttribute('a:has-text("Routing contract")', "href"), "/v1/routing-contract", "the routing contract is linked");
    await ana.page.click('#pools a:text-is("North and South America")');
    await until(() => at(ana).pathname === "/pools/americas", "a pool has a page");
}

async function thePool(server, ana, ben) {
    const rep = async (id) => server.get(`/v1/reps/${id}`);
    const pool = (await server.get("/v1/pools")).pools.find((one) => one.id === "americas");
    await ben.go("/pools/americas");
    await ana.sees(`Members (${pool.members})`);
    await until(async () => (await ana.page.locator("tr[data-row]").count()) === pool.members, "the members");

    const [first, second] = await Promise.all(pool.roster.slice(0, 2).map((one) => rep(one.rep)));
    await ana.page.click(`button[aria-label="Set away: ${first.name}"]`);
    await ana.sees("gets no new leads");
    await ana.page.click('dialog button:text-is("Set away")');
    await ana.sees(`${first.name} is set away.`);
    same((await rep(first.id)).available, false, "by mouse: set away, and the server has it");
    await until(async () => (await ben.page.locator(`tr:has-text("${first.name}")`).innerText()).includes("set away"), "others see it");
    check(true, "somebody else sees it at once");

    // The row that was pressed is the selected one.
    await ana.press("j", "c");
    await until(() => ana.page.isVisible("dialog[open] input[name=capacity]"), "c asks for the capacity");
    await ana.page.focus("dialog[open] input[name=capacity]");
    await ana.page.keyboard.press("Control+A");
    await ana.page.keyboard.type("3");
    await ana.press("Enter");
    await ana.sees(`${second.name} has room for 3 open leads.`);
    same((await rep(second.id)).capacity, 3, "by keys: another capacity, and the server has it");
    await ana.sees(`the policy says ${second.declared_capacity}`);
    await ana.press("k", "a");
    await ana.sees(`Set ${first.name} back?`);
    await ana.page.focus('dialog button:text-is("Set back")');
    await ana.press("Enter");
    await ana.sees(`${first.name} takes new leads again.`);
    same((await rep(first.id)).available, true, "by keys: back again");

    await ana.page.click('button:text-is("Work it out")');
    await until(() => ana.page.isVisible('button:text-is("Work it out anew")'), "the answer: the server works on one such question at a time");
    const report = (await server.get("/v1/fairness?pool=americas")).pools[0];
    if (report.assigned === 0) await ana.sees("The policy gave none of its members a lead");
    else {
        await until(async () => (await ana.page.locator("#fairness tbody tr").count()) === report.members.length, "fairness");
        for (const one of report.members.filter((member) => member.had > 0)) await ana.sees(one.reason);
    }
    check(true, "fairness, when asked: the reasons are the server's");
}

await browserTest({}, async ({ server, visit }) => {
    await setOut(server);
    const ana = await visit({ as: "ana" });
    const ben = await visit({ as: "ben" });
    await thePath(server, ana);
    await theTables(server, ana);
    await thePool(server, ana, ben);
    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390])
            for (const page of ["/routing", "/pools/americas"]) {
                const guest = await visit({ scheme, width });
                await guest.go(page);
                await until(() => guest.page.locator(page === "/routing" ? '[data-node="pool:dach"]' : "tr[data-row]").count(), "the page");
                if (page === "/routing") same(await guest.page.locator(".lead-flow.list").count(), width === 390 ? 1 : 0, width === 390 ? "a list on a phone" : "a picture");
                same(await guest.violations(), [], `${page}: no accessibility violation, ${scheme}, ${width} px`);
                const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                check(wider <= 0, `${page}: nothing is wider than the page, ${scheme}, ${width} px`, wider);
                await guest.context.close();
            }
});
