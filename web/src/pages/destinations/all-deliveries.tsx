// All deliveries, to whatever destination: what was sent, what waits, what failed.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Page } from "../../ui/basics";
import { useParameters } from "../../url";
import { filterOf, useDestinations } from "./data";
import { DeliveryList } from "./deliveries";
import { SendAgainDialog, type SendAim } from "./send-again";

export function DeliveriesPage() {
    const { destinations } = useDestinations();
    const [parameters, change] = useParameters();
    const [aim, setAim] = useState<SendAim>();
    return (
        <Page title="All deliveries">
            <p class="lead-in soft">
                What is sent to destinations, asked of providers and told to people, newest first. How each fares: <Link href="/destinations">Destinations</Link>.
            </p>
            <DeliveryList
                at="/deliveries"
                filter={filterOf(parameters.destination, parameters)}
                destinations={destinations.data?.destinations ?? []}
                parameters={parameters}
                change={change}
                onReplay={(filter) => setAim({ filter, what: `all ${filter.state ?? ""} that the list selects`, count: undefined })}
            />
            {aim !== undefined && <SendAgainDialog aim={aim} onClose={() => setAim(undefined)} />}
        </Page>
    );
}
