// The frame around every page: navigation by keys and mouse, help, search, who one is, being
// disconnected and coming back, accessibility, addresses that lead nowhere.
import { execFileSync } from "node:child_process";
import { browserTest, check, meshline, same, until } from "./harness.mjs";

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

    // Killed under an open page: it says so, comes back by itself, and shows what came meanwhile.
    await ana.go("/");
    await ana.sees("Balances");
    ana.quiet = false; // browsers log what cannot be reached
    await server.kill();
    await ana.sees("Disconnected for");
    check(await ana.has("What you see may be old"), "says that it is disconnected, and what that means");
    check(await ana.has("Balances"), "what was there is still to be seen");
    await server.start();
    await server.leads("website", [{ email: "kim@example.com", country: "US", form: "demo" }]);
    await ana.sees("Live");
    await until(async () => (await ana.page.innerText(".term.total")).startsWith("1"), "the lead that came meanwhile");
    check(true, "is live again, with the lead that came meanwhile");
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

    // Who is here without a token is refused from now on, and browsers log that.
    await ana.context.close();
    // A server with tokens asks for one, once; a wrong one is refused in words.
    const token = execFileSync(meshline, ["token", "add", "ana", "--role", "operate", "--data", server.data], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    await until(async () => (await fetch(server.url + "/v1/me")).status === 401, "the server has seen the token");
    const guest = await visit();
    guest.quiet = false; // browsers log refusals
    await guest.page.goto(server.url + "/triage");
    await guest.sees("Sign in", 30);
    await guest.page.fill("input[name=token]", "mlt_nonsense");
    await guest.press("Enter");
    await guest.sees("does not know this token");
    check(true, "a token that is not known is refused in words");
    await guest.page.fill("input[name=token]", /mlt_\S+/.exec(token)[0]);
    await guest.press("Enter");
    await guest.sees("Live");
    check(guest.page.url().endsWith("/triage"), "after signing in one is where one wanted to be");
    await guest.page.reload();
    await guest.sees("Live");
    check(true, "the tab remembers who it is");
    await guest.context.close();
});
