// All pages: address, name in the navigation, key after `g`. One line each, and nowhere else.
import type { ComponentType } from "preact";
import { AlertsPage } from "./pages/alerts/alerts";
import { DeadLetterPage } from "./pages/dead-letters/dead-letter";
import { DeadLettersPage } from "./pages/dead-letters/dead-letters";
import { DeliveriesPage } from "./pages/destinations/all-deliveries";
import { DeliveryPage } from "./pages/destinations/delivery";
import { DestinationPage } from "./pages/destinations/destination";
import { DestinationsPage } from "./pages/destinations/destinations";
import { DemoPage } from "./pages/demo/demo";
import { IncidentPage } from "./pages/incidents/incident";
import { IncidentsPage } from "./pages/incidents/incidents";
import { LeadPage } from "./pages/leads/lead";
import { LeadsPage } from "./pages/leads/leads";
import { MinePage } from "./pages/mine/mine";
import { NowPage } from "./pages/now/now";
import { ObjectivesPage } from "./pages/objectives/objectives";
import { OnCallPage } from "./pages/on-call/on-call";
import { ReportsPage } from "./pages/reports/reports";
import { PoolPage } from "./pages/routing/pool";
import { RoutingPage } from "./pages/routing/routing";
import { SourcePage } from "./pages/sources/source";
import { SourcesPage } from "./pages/sources/sources";
import { TriagePage } from "./pages/triage/triage";

export interface PageRow {
    path: string; // as wouter has it
    component: ComponentType<{ params: Record<string, string> }>;
    name?: string; // in the navigation, which shows those that have one
    key?: string; // after "g"
    group?: string; // in the navigation: the heading that it begins
    demo?: boolean; // only in a demo
}

export const pages: PageRow[] = [
    { path: "/", component: NowPage, name: "Now", key: "n", group: "Today" },
    { path: "/triage/:id?", component: TriagePage, name: "Triage", key: "t" },
    { path: "/leads", component: LeadsPage, name: "Leads", key: "l" },
    { path: "/leads/:id", component: LeadPage },
    { path: "/mine", component: MinePage, name: "My leads", key: "m" },
    { path: "/objectives", component: ObjectivesPage, name: "Objectives", key: "o", group: "How it goes" },
    { path: "/alerts", component: AlertsPage, name: "Alerts", key: "a" },
    { path: "/incidents", component: IncidentsPage, name: "Incidents", key: "i" },
    { path: "/incidents/:id", component: IncidentPage },
    { path: "/reports/:period?", component: ReportsPage, name: "Reports", key: "r" },
    { path: "/routing", component: RoutingPage, name: "Routing", key: "p", group: "The machine" },
    { path: "/pools/:id", component: PoolPage },
    { path: "/sources", component: SourcesPage, name: "Sources", key: "s" },
    { path: "/sources/:name", component: SourcePage },
    { path: "/dead-letters", component: DeadLettersPage, name: "Dead letters", key: "x" },
    { path: "/dead-letters/:id", component: DeadLetterPage },
    { path: "/destinations", component: DestinationsPage, name: "Destinations", key: "d" },
    { path: "/destinations/:name", component: DestinationPage },
    { path: "/deliveries", component: DeliveriesPage },
    { path: "/deliveries/:id", component: DeliveryPage },
    { path: "/on-call", component: OnCallPage, name: "On call", key: "c" },
    { path: "/demo", component: DemoPage, name: "Failure demo", key: "f", demo: true },
];
