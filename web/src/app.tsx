// The frame around every page: navigation, connection, help, signing in.
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import { api, ask } from "./api/client";
import { session } from "./api/session";
import type { Answer } from "./api/types";
import { boundKeys, useKeys } from "./keys";
import { changes } from "./live/changes";
import { useQuery } from "./live/query";
import { pages, type PageRow } from "./pages";
import { SignIn } from "./sign-in";
import { useNow, duration } from "./time";
import { Button, Empty, Page } from "./ui/basics";
import { Dialog, Field, WriteForm } from "./ui/dialog";
import { Toasts } from "./ui/toast";
import { query } from "./url";

type Me = Answer<"/v1/me">;

const addressOf = (page: PageRow): string => page.path.replace(/\/:.*$/, "") || "/";

// The page in the navigation that one is at: a page without a name belongs to the one before it that has one.
function currentOf(location: string): PageRow | undefined {
    const isAt = (address: string): boolean => (address === "/" ? location === "/" : location === address || location.startsWith(address + "/"));
    const at = pages.findIndex((page) => isAt(addressOf(page)));
    return pages.slice(0, at + 1).findLast((page) => page.name !== undefined);
}

function Navigation({ me, open, onGo }: { me: Me | undefined; open: boolean; onGo: () => void }) {
    const [location] = useLocation();
    const current = currentOf(location);
    const shown = pages.filter((page) => page.name !== undefined && (page.demo !== true || me?.demo === true));
    return (
        <nav class={open ? "navigation open" : "navigation"} id="navigation" aria-label="Pages">
            {shown.map((page) => (
                <div key={page.path}>
                    {page.group !== undefined && <p class="nav-group">{page.group}</p>}
                    <Link href={addressOf(page)} onClick={onGo} aria-current={page === current ? "page" : undefined}>
                        {page.name}
                        <kbd aria-hidden="true">g {page.key}</kbd>
                    </Link>
                </div>
            ))}
            <p class="nav-group">Reading</p>
            <a href="/docs">Documentation</a>
        </nav>
    );
}

// Says when the page no longer knows what happens, and for how long.
function Connection() {
    const [, show] = useState(0);
    const now = useNow();
    useEffect(() => {
        const listener = (): void => show((count) => count + 1);
        listener(); // it may have come about before anybody listened
        return changes.listenConnection(listener);
    }, []);
    const connection = changes.connection;
    if (connection.state === "lost")
        return (
            <p class="connection lost" role="status">
                <span class="dot bad" /> Disconnected for {duration(now - connection.since)}. What you see may be old; trying again.
            </p>
        );
    return (
        <p class="connection" role="status">
            <span class={connection.state === "live" ? "dot good" : "dot idle"} /> {connection.state === "live" ? "Live" : "Connecting"}
        </p>
    );
}

function Search() {
    const [, navigate] = useLocation();
    const input = useRef<HTMLInputElement>(null);
    useKeys([{ keys: "/", what: "Search leads", run: () => input.current?.focus() }]);
    const onSubmit = (event: SubmitEvent): void => {
        event.preventDefault();
        const text = input.current?.value.trim() ?? "";
        input.current?.blur();
        navigate(/^L\d+$/i.test(text) ? `/leads/${text.toUpperCase()}` : "/leads" + query({ q: text }));
    };
    return (
        <form role="search" class="search" onSubmit={onSubmit}>
            <input
                ref={input}
                type="search"
                name="q"
                aria-label="Search leads"
                placeholder="Search leads: name, e-mail, L12"
                onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
            />
            <kbd aria-hidden="true">/</kbd>
        </form>
    );
}

function Help({ onClose }: { onClose: () => void }) {
    return (
        <Dialog title="Keys" onClose={onClose}>
            <dl class="keys">
                {boundKeys().map((one) => (
                    <div key={one.keys}>
                        <dt>
                            {one.keys.split(" ").map((key) => (
                                <kbd key={key}>{key}</kbd>
                            ))}
                        </dt>
                        <dd>{one.what}</dd>
                    </div>
                ))}
            </dl>
        </Dialog>
    );
}

function Person({ me }: { me: Me }) {
    const [open, setOpen] = useState(false);
    return (
        <>
            <Button class="person" look="quiet" onClick={() => setOpen(true)} title={`${me.name}, role ${me.role}`}>
                {me.name}
            </Button>
            {open && (
                <Dialog title="Who you are" onClose={() => setOpen(false)}>
                    {me.open ? (
                        <WriteForm label="Use this name" submit={async (values) => session.setName(values.name ?? "")} onDone={() => setOpen(false)}>
                            <Field label="Your name" hint="This server asks nobody for a token. The name stands beside what you do, so that others know whom to ask.">
                                {(attributes) => <input {...attributes} name="name" maxLength={64} defaultValue={me.name === "local" ? "" : me.name} autocomplete="username" />}
                            </Field>
                        </WriteForm>
                    ) : (
                        <WriteForm label="Sign out" submit={async () => session.signOut()}>
                            <p>
                                You are <strong>{me.name}</strong>, with the role <strong>{me.role}</strong>.
                            </p>
                        </WriteForm>
                    )}
                </Dialog>
            )}
        </>
    );
}

function Nowhere() {
    return (
        <Page title="There is no such page">
            <Empty title="The address leads nowhere.">
                <Link href="/">See what is going on now</Link>
            </Empty>
        </Page>
    );
}

export function App() {
    const [signedOut, setSignedOut] = useState(session.needsToken);
    const [help, setHelp] = useState(false);
    const [menu, setMenu] = useState(false);
    const [, navigate] = useLocation();
    const me = useQuery("me", () => ask(api.GET("/v1/me")), { about: ["release."] });
    const main = useRef<HTMLElement>(null);
    useEffect(() => {
        setSignedOut(session.needsToken); // refused before anybody listened
        return session.listen(() => {
            setSignedOut(session.needsToken);
            me.refresh();
        });
    }, [me.refresh]);
    useKeys([
        { keys: "?", what: "Show the keys", run: () => setHelp(true) },
        ...pages
            .filter((page) => page.key !== undefined)
            .map((page) => ({ keys: `g ${page.key}`, what: `Go to ${page.name}`, run: () => navigate(addressOf(page)) })),
    ]);
    if (signedOut) return <SignIn />;
    return (
        <div class="shell">
            <a class="skip" href="#main" onClick={() => main.current?.focus()}>
                To the content
            </a>
            <header class="top">
                <Button class="menu-button" look="quiet" aria-expanded={menu} aria-controls="navigation" onClick={() => setMenu(!menu)}>
                    ☰<span class="sr-only">Pages</span>
                </Button>
                <Link href="/" class="brand">
                    <img src="/icon.svg" alt="" width="24" height="24" />
                    Meshline
                </Link>
                {me.data?.mesh !== undefined && <span class="soft mesh-name">{me.data.mesh}</span>}
                <Search />
                <Connection />
                {me.data !== undefined && <Person me={me.data} />}
                <Button class="help-button" look="quiet" aria-label="Keys" onClick={() => setHelp(true)}>
                    ?
                </Button>
            </header>
            <Navigation me={me.data} open={menu} onGo={() => setMenu(false)} />
            <main ref={main} id="main" tabIndex={-1}>
                <Switch>
                    {pages.map((page) => (
                        <Route key={page.path} path={page.path}>
                            {(parameters) => <page.component params={parameters as Record<string, string>} />}
                        </Route>
                    ))}
                    <Route>
                        <Nowhere />
                    </Route>
                </Switch>
            </main>
            <Toasts />
            {help && <Help onClose={() => setHelp(false)} />}
        </div>
    );
}
