// Destination
import { Page } from "../../ui/basics";

export function DestinationPage() {
    return <Page title="Destination">{""}</Page>;
}
