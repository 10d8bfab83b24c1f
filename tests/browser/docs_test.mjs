// The documentation under /docs: every link and anchor leads somewhere, no page needs a script or breaks
// the content policy, all can be read at 390 px and by the keyboard, and the references are complete.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { browserTest, check, root, same } from "./harness.mjs";

const attributes = (html, name) => [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map((found) => found[1]);
const textOf = (html) => html.replace(/<[^>]*>/g, "").replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// All pages that can be reached from the index, by address.
async function readAll(server) {
    const pages = new Map();
    const waiting = ["/docs"];
    while (waiting.length > 0) {
        const at = waiting.pop();
        if (pages.has(at)) continue;
        const html = await server.get(at, { Accept: "text/html" });
        pages.set(at, html);
        waiting.push(...attributes(html, "href").map((href) => href.split("#")[0]).filter((to) => to === "/docs" || to.startsWith("/docs/")));
    }
    return pages;
}

function brokenLinks(pages) {
    return [...pages].flatMap(([at, html]) =>
        attributes(html, "href").flatMap((href) => {
            const [to, anchor] = href.split("#");
            const page = pages.get(to === "" ? at : to);
            if (page === undefined) return to.startsWith("/docs") ? [`${at}: ${href}`] : [];
            // An address that nobody has is answered with the application, which is another page.
            if (!page.includes('<body class="docs">')) return [`${at}: ${href} is no page of the documentation`];
            return anchor === undefined || attributes(page, "id").includes(anchor) ? [] : [`${at}: ${href} has no such anchor`];
        }),
    );
}

await browserTest({}, async ({ server, visit }) => {
    const pages = await readAll(server);
    check(pages.size > 45, `the index leads to all ${pages.size} pages`);
    same(brokenLinks(pages), [], "every link and every anchor leads somewhere");
    const unsafe = [...pages].filter(([, html]) => /<script|\sstyle=|\son\w+="|src="(?!\/)/.test(html)).map(([at]) => at);
    same(unsafe, [], "no page has a script, a style of its own or something from elsewhere");
    const doubled = [...pages].flatMap(([at, html]) => {
        const ids = attributes(html, "id");
        return ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${at}#${id}`);
    });
    same(doubled, [], "no id is there twice");

    const guides = (await readdir(path.join(root, "docs"))).filter((one) => one.endsWith(".md"));
    same(guides.filter((one) => !pages.has("/docs/" + one.slice(0, -3))), [], "every guide is a page");
    const config = (await readdir(path.join(root, "spec/config"))).map((one) => "/docs/config/" + one.replace(".schema.json", ""));
    same(config.filter((one) => !pages.has(one)), [], "every file of a mesh has its reference");
    const events = (await readdir(path.join(root, "spec/events"))).map((one) => one.replace(".json", ""));
    const told = [...pages].filter(([at]) => at.startsWith("/docs/events/")).map(([, html]) => html).join("");
    same(events.filter((one) => !told.includes(`id="${one.replace(".", "-")}"`)), [], "every event has its reference");
    const api = await server.get("/openapi.json");
    const calls = Object.values(api.paths).flatMap((item) => Object.values(item).flatMap((one) => one.operationId ?? []));
    const reference = [...pages].filter(([at]) => at.startsWith("/docs/api/")).map(([, html]) => html).join("");
    same(calls.filter((one) => !reference.includes(`id="${one}"`)), [], `every one of ${calls.length} calls of the API has its reference`);

    // From the application to a call of the API, by the mouse.
    const ana = await visit({ as: "ana" });
    await ana.go("/incidents");
    await ana.page.click("text=Documentation");
    await ana.sees("Writing the policy");
    await ana.page.click('.docs-cards a[href="/docs/api"]');
    await ana.page.click('a[href="/docs/api/leads#explainLead"]');
    await ana.sees("Why this owner");
    same(await ana.page.evaluate(() => location.pathname + location.hash), "/docs/api/leads#explainLead", "a call of the API can be linked");
    same(await ana.page.getAttribute('.docs-nav a[aria-current="page"]', "href"), "/docs/api/leads", "the navigation marks the page that one is on");
    check(textOf(await ana.page.innerHTML("main")).includes("When it cannot be done"), "and says what may go wrong");
    await ana.page.click('.docs-neighbours a[rel="next"]');
    await ana.sees("API: exceptions");
    check(true, "the next page is one click away");

    // By the keyboard: past the navigation, and a wide thing scrolls by itself.
    await ana.go("/docs/getting-started");
    await ana.press("Tab", "Enter");
    same(await ana.page.evaluate(() => location.hash), "#text", "the first Tab leads past the navigation");
    check(await ana.page.evaluate(() => [...document.querySelectorAll("pre")].every((one) => one.tabIndex === 0)), "code can be scrolled by the keyboard");

    const tour = ["/docs", "/docs/policy", "/docs/api/exceptions", "/docs/config/source"];
    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            const found = [];
            for (const at of tour) {
                await guest.go(at);
                found.push(...(await guest.violations()));
                const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                if (wider > 0) found.push(`${at} is ${wider} px too wide`);
            }
            same(found, [], `readable by everybody, ${scheme}, ${width} px`);
            await guest.context.close();
        }

    const phone = await visit({ width: 390 });
    await phone.go("/docs/policy");
    await phone.page.click(".docs-menu summary");
    await phone.page.click('.docs-menu a[href="/docs/contracts"]');
    await phone.sees("Contracts");
    check(phone.page.url().endsWith("/docs/contracts"), "on a phone the contents unfold and lead on");
    await ana.page.setViewportSize({ width: 1280, height: 900 });
    await ana.go("/docs");
    await ana.screenshot("docs");
});
