// Destinations
import { Page } from "../../ui/basics";

export function DestinationsPage() {
    return <Page title="Destinations">{""}</Page>;
}
