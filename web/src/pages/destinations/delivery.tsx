// Delivery
import { Page } from "../../ui/basics";

export function DeliveryPage() {
    return <Page title="Delivery">{""}</Page>;
}
