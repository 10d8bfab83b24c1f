// Source
import { Page } from "../../ui/basics";

export function SourcePage() {
    return <Page title="Source">{""}</Page>;
}
