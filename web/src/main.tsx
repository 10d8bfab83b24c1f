import { render } from "preact";
import { App } from "./app";
import { startKeys } from "./keys";
import { changes } from "./live/changes";

startKeys();
await changes.start();
render(<App />, document.getElementById("app") as HTMLElement);
