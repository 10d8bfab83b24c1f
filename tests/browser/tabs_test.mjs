// Many tabs of one browser: they share one stream, so that none of them is left without an answer;
// whichever is closed, the others go on. What pages read is theirs in any language and after any
// restart.
import { cp, rm } from "node:fs/promises";
import { browserTest, check, same, until } from "./harness.mjs";

const TABS = 8; // more than the connections that a browser opens over HTTP/1.1

const lead = (name) => ({ email: `${name}@example.com`, country: "US", form: "demo" });
const accepted = (page) => page.innerText(".term.total");
const live = async (page) => (await page.innerText(".connection")).includes("Live");

async function streams(server) {
    const metrics = await (await fetch(server.url + "/metrics")).text();
    return Number(/^meshline_http_streams (\d+)/m.exec(metrics)[1]);
}

await browserTest({}, async ({ server, visit }) => {
    const ana = await visit({ as: "Łukasz José" });
    await ana.go("/");
    await ana.sees("Live");
    await ana.sees("Łukasz José");
    check(true, "a name in any letters is the name that the server knows");

    const others = [];
    for (let i = 1; i < TABS; i++) {
        const page = await ana.context.newPage();
        await page.goto(server.url + "/", { waitUntil: "load", timeout: 30000 });
        others.push(page);
    }
    const all = (pages, look, what) => until(async () => (await Promise.all(pages.map(look))).every(Boolean), what);
    await all(others, live, "every tab is live");
    check(true, `${TABS} tabs are live`);
    same(await streams(server), 1, "with one stream for all of them");

    await server.leads("website", [lead("kim")]);
    await all([ana.page, ...others], async (page) => (await accepted(page)).startsWith("1"), "every tab sees a lead that comes");
    check(true, "every tab sees a lead that comes");

    // The first one reads for all.
    await ana.page.close();
    await server.leads("website", [lead("lee")]);
    await all(others, async (page) => (await accepted(page)).startsWith("2"), "the others go on when it is closed");
    check(true, "the others go on when the one that reads is closed");
    await until(async () => (await streams(server)) === 1, "again one stream");
    check(true, "again with one stream");

    // Pages that may have no lock, as over plain HTTP from another machine: each holds a stream, but
    // only while somebody can see it.
    const alone = await visit({ as: "ben" });
    await alone.context.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
        Object.defineProperty(Document.prototype, "hidden", { get: () => globalThis.away === true });
    });
    const look = (away) =>
        alone.page.evaluate((value) => {
            globalThis.away = value;
            document.dispatchEvent(new Event("visibilitychange"));
        }, away);
    await alone.go("/");
    await alone.sees("Live");
    await until(async () => (await streams(server)) === 2, "a stream of its own");
    await look(true);
    // The server hears of it by the second of its heartbeats, which come every 15 s.
    await until(async () => (await streams(server)) === 1, "given up when nobody looks", 60);
    await server.leads("website", [lead("max")]);
    await look(false);
    await until(async () => (await accepted(alone.page)).startsWith("3"), "what came meanwhile is seen when somebody looks");
    await until(() => live(alone.page), "and the page is live");
    check(true, "without locks a tab reads for itself while somebody looks, and sees what came meanwhile");
    await alone.context.close();

    // Set back to a backup of before: what was seen lies in the future now.
    ana.quiet = false; // browsers log what cannot be reached
    await server.kill("SIGTERM");
    await cp(server.data, server.data + ".backup", { recursive: true });
    await server.start();
    await server.leads("website", [lead("may"), lead("nia"), lead("oda")]);
    await all(others, async (page) => (await accepted(page)).startsWith("6"), "all of it is seen");
    await server.kill("SIGTERM");
    await all(others, async (page) => (await page.innerText("body")).includes("Disconnected for"), "every tab says that it is disconnected");
    check(true, "every tab says that it is disconnected");
    await rm(server.data, { recursive: true });
    await cp(server.data + ".backup", server.data, { recursive: true });
    await server.start();
    await all(others, async (page) => (await live(page)) && (await accepted(page)).startsWith("3"), "every tab shows what the backup has");
    check(true, "a journal that was set back is shown as it is");
    const refused = await Promise.all(others.map((page) => page.innerText("body")));
    check(!refused.some((text) => text.includes("lies in the future")), "and nothing is refused for what was seen before");
});
