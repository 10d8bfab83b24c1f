// Dead letter
import { Page } from "../../ui/basics";

export function DeadLetterPage() {
    return <Page title="Dead letter">{""}</Page>;
}
