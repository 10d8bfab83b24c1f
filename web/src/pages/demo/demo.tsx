// Failure demo
import { Page } from "../../ui/basics";

export function DemoPage() {
    return <Page title="Failure demo">{""}</Page>;
}
