// Routing
import { Page } from "../../ui/basics";

export function RoutingPage() {
    return <Page title="Routing">{""}</Page>;
}
