// What a server with tokens shows to those who have not said who they are.
import { session } from "./api/session";
import { Field, WriteForm } from "./ui/dialog";
import { useTitle } from "./ui/title";

export function SignIn() {
    useTitle("Sign in");
    const submit = async (values: Record<string, string>): Promise<void> => {
        const token = (values.token ?? "").trim();
        const response = await fetch("/v1/me", { headers: { Authorization: `Bearer ${token}` } });
        if (response.status === 403) throw new Error("This token may only submit leads; a page needs the role read or more.");
        if (!response.ok) throw new Error("The server does not know this token, or it has been revoked.");
        session.signIn(token);
    };
    return (
        <main class="sign-in">
            <h1>
                <img src="/icon.svg" alt="" width="32" height="32" /> Meshline
            </h1>
            <WriteForm label="Sign in" submit={submit}>
                <Field label="Token" hint="It begins with mlt_. Whoever runs this server makes one with: meshline token add NAME --role operate. It is forgotten when you close this tab.">
                    {(attributes) => <input {...attributes} name="token" type="password" required autocomplete="current-password" />}
                </Field>
            </WriteForm>
        </main>
    );
}
