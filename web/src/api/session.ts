// Who is at this browser. A token lives as long as the tab; where the server has no tokens, a name
// tells people apart.

const tokenKey = "meshline-token";
const nameKey = "meshline-name";
const NAME_BYTES = 64; // as many as the server takes
const listeners = new Set<() => void>();

function tell(): void {
    for (const listener of listeners) listener();
}

// Headers are bytes to browsers: without this a name like "Łukasz" makes every call fail, and "José"
// arrives broken.
const headerOf = (name: string): string => String.fromCharCode(...new TextEncoder().encode(name));

export const session = {
    needsToken: false, // the server refused the one there is, or none was there

    headers(): Record<string, string> {
        const token = sessionStorage.getItem(tokenKey);
        if (token !== null) return { Authorization: `Bearer ${token}` };
        const name = localStorage.getItem(nameKey);
        return name !== null ? { "Acting-As": headerOf(name) } : {};
    },
    signIn(token: string): void {
        sessionStorage.setItem(tokenKey, token.trim());
        session.needsToken = false;
        tell();
    },
    signOut(): void {
        sessionStorage.removeItem(tokenKey);
        tell();
    },
    // Only where the server is open.
    setName(name: string): void {
        if (headerOf(name.trim()).length > NAME_BYTES) throw new Error("This name is too long; use a shorter one.");
        if (name.trim() === "") localStorage.removeItem(nameKey);
        else localStorage.setItem(nameKey, name.trim());
        tell();
    },
    refused(): void {
        if (session.needsToken) return;
        session.needsToken = true;
        tell();
    },
    listen(listener: () => void): () => void {
        listeners.add(listener);
        return () => listeners.delete(listener);
    },
};
