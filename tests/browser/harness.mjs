// What browser tests share: a real server on a mesh and an empty data directory, Debian's chromium,
// and checks that print TAP. Fails the run when a page logs an error or asks anybody but the server.
//
// A test file is run as: node FILE MESHLINE PROJECT-ROOT
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

export const [meshline, root] = process.argv.slice(2);
const chromiumPath = process.env.MESHLINE_CHROMIUM ?? "/usr/bin/chromium";
const packages = ["playwright-core", "axe-core"];
const flags = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

// ---- checks

let number = 0;
let failed = 0;

export function check(good, what, more = "") {
    number++;
    if (good) console.log(`ok ${number} - ${what}`);
    else {
        failed++;
        console.log(`not ok ${number} - ${what}`);
        if (more !== "") console.log(String(more).replace(/^/gm, "# "));
    }
    return good;
}

export function same(found, expected, what) {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    return check(a === b, what, `found ${a}\nexpected ${b}`);
}

// Waits until `look` answers something true; throws, saying `what`, when it never does.
export async function until(look, what, seconds = 30) {
    const end = Date.now() + seconds * 1000;
    let problem;
    while (Date.now() < end) {
        try {
            const found = await look();
            if (found) return found;
            problem = undefined;
        } catch (error) {
            problem = error;
        }
        await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`never came: ${what}${problem ? ` (${problem.message})` : ""}`);
}

// ---- the server

export class Server {
    constructor(mesh, data, options = {}) {
        Object.assign(this, { mesh, data, options, listen: "127.0.0.1:0" });
    }

    // MESHLINE_WEB in the environment names pages to serve instead of those compiled in.
    command() {
        return ["serve", "--mesh", this.mesh, "--data", this.data, "--listen", this.listen];
    }

    async start() {
        this.said = "";
        this.child = spawn(meshline, this.command(), {
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, ...this.options.environment },
        });
        for (const stream of [this.child.stdout, this.child.stderr])
            stream.on("data", (text) => (this.said += text));
        this.ended = new Promise((done) => this.child.on("exit", done));
        const found = await until(() => /at (http:\/\/([\d.]+:\d+))/.exec(this.said), `the server serves: ${this.said}`, 60);
        this.url = found[1];
        this.listen = found[2]; // the same port when it is started again
        return this;
    }

    // SIGKILL, as a crash would.
    async kill(signal = "SIGKILL") {
        this.child.kill(signal);
        await this.ended;
    }

    async call(method, at, body, headers = {}) {
        const response = await fetch(this.url + at, {
            method,
            headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await response.text();
        const said = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
        if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text}`);
        return said;
    }
    // What the view says once it has everything that is durable now.
    async get(at, headers = {}) {
        const ready = await (await fetch(this.url + "/readyz")).json();
        return this.call("GET", at, undefined, { "Min-Seq": String(ready.journal_seq), ...headers });
    }
    post(at, body, headers) {
        return this.call("POST", at, body, headers);
    }

    // Many leads at once; answers with one result each.
    async leads(source, records) {
        const response = await fetch(`${this.url}/v1/sources/${source}/leads`, {
            method: "POST",
            headers: { "Content-Type": "application/x-ndjson" },
            body: records.map((one) => JSON.stringify(one)).join("\n") + "\n",
        });
        const lines = (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
        const last = lines.findLast((line) => line.seq !== undefined);
        // The view has them when the list is read.
        if (last !== undefined) await this.get("/v1/reconciliation", { "Min-Seq": String(last.seq) });
        return lines;
    }
}

// The same with a demo around it, whose process this is: `options` go to `meshline demo`.
export class Demo extends Server {
    command() {
        return ["demo", "--headless", "--data", this.data, "--listen", this.listen, ...this.options.demo];
    }
}

// ---- the browser

const addressOf = (text) => new URL(text).host;

class Visitor {
    constructor(context, page, server, trouble) {
        Object.assign(this, { context, page, server, trouble });
    }
    async go(at) {
        await this.page.goto(this.server.url + at, { waitUntil: "load", timeout: 30000 });
        await this.page.waitForSelector("main h1");
    }
    press(...keys) {
        return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
    }
    // Waits until the text stands in the page.
    async sees(text, seconds = 15) {
        await until(async () => (await this.page.innerText("body")).includes(text), `"${text}" in the page`, seconds);
    }
    async has(text) {
        return (await this.page.innerText("body")).includes(text);
    }
    // axe-core's violations of WCAG 2.1 A and AA in the page as it is.
    async violations() {
        if (!(await this.page.evaluate(() => "axe" in globalThis)))
            await this.page.evaluate(await readFile(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8"));
        return this.page.evaluate(async () => {
            const found = await globalThis.axe.run(document, {
                runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
            });
            return found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
        });
    }
    async screenshot(name) {
        await this.page.screenshot({ path: path.join(root, "build/screenshots", name + ".png"), fullPage: true });
    }
}

// `run` gets a world: server, visit({as, width, height, scheme}) and what it prepared. Everything is
// ended and removed afterwards, whatever happens; console errors and foreign requests fail the run.
export async function browserTest({ mesh = "examples/acme", prepare, environment, demo }, run) {
    const missing = [chromiumPath, ...packages.map((one) => path.join(root, "node_modules", one))].filter((one) => !existsSync(one));
    if (missing.length > 0) {
        console.log(`1..0 # SKIP no page was tested: there is no ${missing.join(", no ")}; script/bootstrap installs it`);
        return;
    }
    const { chromium } = await import("playwright-core");
    const home = await mkdtemp(path.join(os.tmpdir(), "meshline-browser-"));
    const kind = demo === undefined ? Server : Demo;
    const server = new kind(path.join(home, "mesh"), path.join(home, "data"), { environment, demo });
    const trouble = [];
    let browser;
    try {
        await cp(path.resolve(root, mesh), server.mesh, { recursive: true });
        if (prepare) await prepare(server);
        await server.start();
        // A fresh profile; its own temporary directory.
        browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: ["--no-sandbox", ...flags] });
        const visit = async ({ as, token, width = 1280, height = 800, scheme = "light" } = {}) => {
            const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: "en-GB" });
            await context.addInitScript(
                ([name, secret]) => {
                    if (name) localStorage.setItem("meshline-name", name);
                    if (secret) sessionStorage.setItem("meshline-token", secret);
                },
                [as, token],
            );
            const page = await context.newPage();
            const visitor = new Visitor(context, page, server, trouble);
            visitor.quiet = true; // a console error is a failure, unless the test expects some
            page.on("console", (message) => {
                if (message.type() === "error" && visitor.quiet) trouble.push(`console: ${message.text()} (${message.location().url})`);
            });
            page.on("pageerror", (error) => trouble.push(`page: ${error.stack ?? error}`));
            page.on("request", (request) => {
                const url = request.url();
                if (!url.startsWith("data:") && !url.startsWith("blob:") && addressOf(url) !== addressOf(server.url)) trouble.push(`foreign request: ${url}`);
            });
            return visitor;
        };
        await run({ server, visit, browser, home });
        same(trouble, [], "no console error, no error in a page, no request to anybody else");
    } catch (error) {
        check(false, "the test came to its end", error.stack + "\n" + trouble.join("\n") + "\n" + server.said);
    } finally {
        await browser?.close();
        if (server.child?.exitCode === null) await server.kill();
        await rm(home, { recursive: true, force: true });
    }
    console.log(`1..${number}`);
    process.exitCode = failed > 0 ? 1 : 0;
}

export const hashOf = (text) => createHash("sha256").update(text).digest("hex");
