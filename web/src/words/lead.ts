// A lead as people speak of it: its person, company, and how to reach them.
import type { Lead } from "../api/types";

type Attributes = Readonly<Record<string, unknown>>;

const attributesOf = (lead: Lead): Attributes => (lead.attributes ?? {}) as Attributes;

// The first of these attributes that has a text.
function first(attributes: Attributes, ...names: string[]): string | undefined {
    for (const name of names) {
        const value = attributes[name];
        if (typeof value === "string" && value.trim() !== "") return value;
    }
    return undefined;
}

const both = (attributes: Attributes): string | undefined =>
    [first(attributes, "first_name", "given_name"), first(attributes, "last_name", "family_name")].filter((one) => one !== undefined).join(" ") || undefined;

// The person's name; without one what the lead is known by.
export function leadName(lead: Lead): string {
    const attributes = attributesOf(lead);
    return both(attributes) ?? first(attributes, "name", "full_name", "email", "phone", "company", "external_id") ?? `Lead ${lead.id}`;
}

export const leadCompany = (lead: Lead): string | undefined => first(attributesOf(lead), "company", "organization", "domain");
export const leadEmail = (lead: Lead): string | undefined => first(attributesOf(lead), "email");
export const leadPhone = (lead: Lead): string | undefined => first(attributesOf(lead), "phone", "mobile");
export const leadMessage = (lead: Lead): string | undefined => first(attributesOf(lead), "message", "comment", "notes");

// "Plant Engineer, Summit Freight, Pune, IN"
export function leadAbout(lead: Lead): string {
    const attributes = attributesOf(lead);
    const parts = [first(attributes, "title", "job_title"), leadCompany(lead), first(attributes, "city"), first(attributes, "country")];
    return parts.filter((one) => one !== undefined).join(", ");
}

// For a link that calls: digits, and the + that they begin with.
export const dialled = (phone: string): string => "tel:" + phone.replace(/[^\d+]/g, "");

// For a link that writes: an address that goes on with "?bcc=" must not say more than whom.
export const mailed = (email: string): string => "mailto:" + encodeURIComponent(email).replaceAll("%40", "@");
