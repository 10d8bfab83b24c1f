// Sources
import { Page } from "../../ui/basics";

export function SourcesPage() {
    return <Page title="Sources">{""}</Page>;
}
