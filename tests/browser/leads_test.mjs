// Leads, as people look for them: by search, filters and views, all in the address; older pages; what is
// new while somebody looks.
import { browserTest, check, same, until } from "./harness.mjs";
import { ada, only, person } from "./people.mjs";

const several = (from, count) => Array.from({ length: count }, (_, index) => person(from + index));

const rowsIn = (visitor) => visitor.page.locator("tr.row");
const namesIn = (visitor) => visitor.page.locator(".lead-who a").allInnerTexts();

async function searching(server, ana) {
    await ana.go("/leads");
    await until(async () => (await rowsIn(ana).count()) === 50, "a page of 50");
    await ana.page.getByLabel("Search", { exact: true }).fill("ada bright");
    await until(async () => (await rowsIn(ana).count()) === 1, "the one that fits");
    check(ana.page.url().endsWith("/leads?q=ada+bright"), "a search stands in the address", ana.page.url());
    same(await namesIn(ana), ["Ada Bright"], "the search finds the person");
    await ana.press("Escape", "j", "Enter");
    const [lead] = await only(server, "q=ada+bright");
    await until(() => ana.page.url().endsWith(`/leads/${lead.id}`), "j and Enter open it");
    check(true, "j and Enter open it");
    await ana.page.goBack();
    await until(async () => (await rowsIn(ana).count()) === 1, "going back shows the search again");

    await ana.page.getByLabel("Search", { exact: true }).fill("nobody has this name");
    await ana.sees("No lead fits.");
    check(true, "where nothing fits it says what to do");
}

async function filtering(server, ana) {
    await ana.go("/leads");
    await ana.page.locator(".lead-often").getByLabel("Class").selectOption("hot");
    const hot = await only(server, "class=hot");
    await until(async () => (await rowsIn(ana).count()) === hot.length, "only hot ones");
    check(ana.page.url().endsWith("/leads?class=hot"), "a filter stands in the address");
    await ana.press("f");
    await ana.page.locator(".lead-more-filters").getByLabel("Source").selectOption("website");
    await until(() => ana.page.url().endsWith("/leads?class=hot&source=website"), "f opens further filters");
    check(true, "f opens further filters");

    await ana.page.click("text=Keep this view…");
    await ana.page.getByLabel("Name", { exact: true }).fill("Hot from the web");
    await ana.press("Enter");
    await ana.page.waitForSelector(".lead-views a[aria-current]:has-text('Hot from the web')");
    check(true, "a view is kept under a name");
    await ana.page.click(".lead-chip:has-text('Source')");
    await until(() => ana.page.url().endsWith("/leads?class=hot"), "a chip takes its filter away");
    check(true, "a chip takes its filter away");
    await ana.go("/leads");
    await ana.page.click(".lead-views a:has-text('Hot from the web')");
    await until(() => ana.page.url().endsWith("/leads?class=hot&source=website"), "the view is a link");
    check(true, "the view is still there after a reload, and is a link");
}

async function paging(server, ana) {
    await ana.go("/leads");
    await until(async () => (await rowsIn(ana).count()) === 50, "a page of 50");
    const first = await namesIn(ana);
    await server.leads("website", [person(900, { lastName: "Late" })]);
    await ana.sees("1 new: show");
    same(await namesIn(ana), first, "rows stay where they are while others come");
    await ana.page.click("text=1 new: show");
    await until(async () => (await namesIn(ana))[0] === "Person Late", "what is new is shown when asked");
    check(true, "what is new is shown when asked for");

    await ana.page.click("a.button:has-text('Older')");
    await until(async () => !(await namesIn(ana)).includes("Person Late") && (await rowsIn(ana).count()) > 0, "older ones");
    same((await namesIn(ana)).includes(first[0]), false, "older leads are on the next page");
    check(/[?&]cursor=\d+$/.test(ana.page.url()), "a page can be linked", ana.page.url());
    await ana.page.click("a.button:has-text('Back to the first')");
    await until(async () => (await namesIn(ana))[0] === "Person Late", "back at the first page");
}

await browserTest({}, async ({ server, visit }) => {
    await server.leads("website", several(1, 55));
    await server.leads("website", [person(101, { firstName: "Greta", lastName: "Hot", form: "demo" }), person(102, ada)]);
    const ana = await visit({ as: "ana" });
    await searching(server, ana);
    await filtering(server, ana);
    await paging(server, ana);
    await ana.context.close();

    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            await guest.go("/leads?class=hot");
            await guest.sees("Ada Bright");
            same(await guest.violations(), [], `no accessibility violation, ${scheme}, ${width} px`);
            const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            check(wider <= 0, `nothing is wider than the page, ${scheme}, ${width} px`, wider);
            await guest.context.close();
        }
});
