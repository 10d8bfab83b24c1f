// The frame around every page: navigation by keys and mouse, help, search, who one is, being
// disconnected and coming back, accessibility, addresses that lead nowhere.
import { browserTest, check, same, until } from "./harness.mjs";

await browserTest({}, async ({ server, visit }) => {
    const ana = await visit({ as: "ana" });
    await ana.go("/");
    await ana.sees("Live");
    check(true, "the page is live");
    await ana.sees("ana");

    await ana.press("g", "t");
    await until(() => ana.page.url().endsWith("/triage"), "g t goes to triage");
    check(true, "g t goes to triage");
    await ana.press("?");
    await ana.sees("Go to Leads");
    check(await ana.page.isVisible("dialog[open]"), "? lists the keys");
    await ana.press("Escape");
    check(!(await ana.page.isVisible("dialog[open]")), "Escape closes them");

    await ana.press("/");
    await ana.page.keyboard.type("kim@example.com");
    await ana.press("Enter");
    await until(() => ana.page.url().endsWith("/leads?q=kim%40example.com"), "/ searches");
    check(true, "/ searches, and the search can be linked");

    await ana.page.click("text=Destinations");
    await until(() => ana.page.url().endsWith("/destinations"), "the mouse gets there too");
    await ana.go("/nothing-here");
    await ana.sees("There is no such page");
    check(true, "an address that leads nowhere says so");

    // Killed under an open page: it says so, and comes back by itself.
    await ana.go("/leads");
    ana.quiet = false; // browsers log what cannot be reached
    await server.kill();
    await ana.sees("Disconnected for");
    check(true, "says that it is disconnected");
    await server.start();
    await ana.sees("Live");
    check(true, "is live again after the server came back");
    ana.quiet = true;

    for (const scheme of ["light", "dark"])
        for (const width of [1280, 390]) {
            const guest = await visit({ scheme, width });
            await guest.go("/");
            same(await guest.violations(), [], `no accessibility violation, ${scheme}, ${width} px`);
            const wider = await guest.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            check(wider <= 0, `nothing is wider than the page, ${scheme}, ${width} px`, wider);
            await guest.context.close();
        }
});
