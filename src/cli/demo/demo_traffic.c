/* The generator of the demo's leads. A person is a number: everything about somebody follows from
 * it, so that the same person can come again through another source. */
#include "cli/demo/demo_traffic.h"

#include "base/json_writer.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- chance */

uint64_t demo_random_next(struct demo_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint32_t demo_random_below(struct demo_random *random, uint32_t bound)
{
    return (uint32_t)(((demo_random_next(random) >> 32) * bound) >> 32);
}

bool demo_random_chance(struct demo_random *random, uint32_t percent)
{
    return demo_random_below(random, 100) < percent;
}

#define PICK(random, table) (table)[demo_random_below((random), sizeof(table) / sizeof *(table))]

/* ---- people and companies */

static const char *const first_names[] = {"Mara",  "Jonas", "Aiko",   "Lucia",  "Pierre",  "Nadia",
                                          "Oscar", "Priya", "Tomás",  "Ingrid", "Kofi",    "Elena",
                                          "Hugo",  "Mei",   "Dmitri", "Sara",   "Ahmed",   "Claire",
                                          "Bruno", "Yuki",  "Grace",  "Milan",  "Beatriz", "Noah"};
static const char *const last_names[] = {
    "Lindqvist", "Keller",  "Tanaka",   "Ferrari", "Dubois", "Haddad",  "Nilsson", "Sharma",
    "Moreno",    "Berg",    "Mensah",   "Popescu", "Vega",   "Chen",    "Volkov",  "Costa",
    "Hassan",    "Laurent", "Oliveira", "Sato",    "Okafor", "Horvath", "Silva",   "Walker"};
static const char *const company_first[] = {
    "Nordwind", "Blue Crane", "Atlas",  "Kestrel", "Solara", "Ironbark", "Polder", "Summit",
    "Delta",    "Marlin",     "Hearth", "Quarry",  "Aurora", "Cobalt",   "Juniper"};
static const char *const company_last[] = {"Logistics", "Foods",  "Pharma",  "Warehousing",
                                           "Retail",    "Motors", "Freight", "Mills",
                                           "Packaging", "Stores"};
static const char *const titles[] = {"Head of Logistics", "Warehouse Manager",  "COO",
                                     "Procurement Lead",  "Operations Analyst", "Plant Engineer",
                                     "VP Supply Chain",   "Automation Engineer"};
static const char *const industries[] = {"logistics",     "retail",     "manufacturing", "pharma",
                                         "food",          "automotive", "logistics",     "retail",
                                         "manufacturing", "other"};
static const char *const named_domains[] = {"halden-freight", "nordlager",     "polarcargo",
                                            "bluecrate",      "prairie-foods", "transandina"};
/* The more often one stands here the more leads come of it. */
static const char *const campaigns[] = {DEMO_CAMPAIGN, "pick-rate-guide", "night-shift",
                                        DEMO_CAMPAIGN, "returns-2026",    "cold-chain"};
static const char *const products[] = {"picker-arm", "sorter", "mobile-base", "fleet-software"};

struct country {
    const char *code, *language, *dial;
    const char *cities[3];
};

/* The more often one stands here the more leads come from it. */
static const struct country countries[] = {
    {"US", "en-US", "+1", {"Chicago", "Dallas", "Atlanta"}},
    {"US", "en-US", "+1", {"Reno", "Columbus", "Newark"}},
    {"US", "en-US", "+1", {"Memphis", "Seattle", "Denver"}},
    {"CA", "en-CA", "+1", {"Toronto", "Calgary", "Montréal"}},
    {"BR", "pt-BR", "+55", {"São Paulo", "Curitiba", "Recife"}},
    {"MX", "es-MX", "+52", {"Monterrey", "Puebla", "León"}},
    {"DE", "de", "+49", {"Hamburg", "Leipzig", "Stuttgart"}},
    {"DE", "de", "+49", {"Duisburg", "München", "Bremen"}},
    {"AT", "de-AT", "+43", {"Wien", "Linz", "Graz"}},
    {"CH", "de-CH", "+41", {"Zürich", "Basel", "Olten"}},
    {"FR", "fr", "+33", {"Lyon", "Lille", "Nantes"}},
    {"GB", "en-GB", "+44", {"Leeds", "Bristol", "Glasgow"}},
    {"NL", "nl", "+31", {"Rotterdam", "Venlo", "Tilburg"}},
    {"SE", "sv", "+46", {"Göteborg", "Malmö", "Uppsala"}},
    {"ES", "es", "+34", {"Zaragoza", "Valencia", "Sevilla"}},
    {"PL", "pl", "+48", {"Łódź", "Poznań", "Wrocław"}},
    {"JP", "ja", "+81", {"Osaka", "Nagoya", "Yokohama"}},
    {"JP", "ja", "+81", {"Chiba", "Kobe", "Sendai"}},
    {"IN", "en-IN", "+91", {"Pune", "Chennai", "Delhi"}},
    {"SG", "en-SG", "+65", {"Jurong", "Changi", "Tuas"}},
    {"AU", "en-AU", "+61", {"Melbourne", "Perth", "Brisbane"}},
    {"ZA", "en-ZA", "+27", {"Durban", "Johannesburg", "Gqeberha"}},
};

struct person {
    const char *first, *last, *title, *industry, *city;
    const struct country *country;
    char company[64], domain[80], email[160], phone[32];
    uint32_t employees, fit;
    double revenue; /* millions; 0: not told */
    uint64_t number;
};

/* What an address may be made of: the ASCII letters of a name. */
static void append_slug(char *out, size_t size, const char *text)
{
    size_t end = strlen(out);
    for (; *text != '\0' && end + 1 < size; text++)
        if (isalnum((unsigned char)*text))
            out[end++] = (char)tolower((unsigned char)*text);
        else if (*text == ' ')
            out[end++] = '-';
    out[end] = '\0';
}

static uint32_t make_size(struct demo_random *random)
{
    uint32_t percent = demo_random_below(random, 100);
    if (percent < 55)
        return 5 + demo_random_below(random, 195);
    if (percent < 90)
        return 200 + demo_random_below(random, 800);
    return percent < 98 ? 1000 + demo_random_below(random, 4000)
                        : 5000 + demo_random_below(random, 40000);
}

static void make_addresses(struct demo_random *random, struct person *person)
{
    char first[32] = "", last[32] = "", slug[64] = "";
    append_slug(first, sizeof first, person->first);
    append_slug(last, sizeof last, person->last);
    append_slug(slug, sizeof slug, person->company);
    const char *name = demo_random_chance(random, 2) ? PICK(random, named_domains) : slug;
    snprintf(person->domain, sizeof person->domain, "%s.example", name);
    snprintf(person->email, sizeof person->email, "%s.%s%u@%s", first, last,
             demo_random_below(random, 100000), person->domain);
    snprintf(person->phone, sizeof person->phone, "%s %u %05u", person->country->dial,
             200 + demo_random_below(random, 700), demo_random_below(random, 100000));
}

static void make_person(uint64_t number, struct person *person)
{
    struct demo_random random = {number};
    *person = (struct person){.number = number};
    person->first = PICK(&random, first_names);
    person->last = PICK(&random, last_names);
    person->title = PICK(&random, titles);
    person->industry = demo_random_chance(&random, 1) ? "public_sector" : PICK(&random, industries);
    person->country = &PICK(&random, countries);
    person->city = PICK(&random, person->country->cities);
    snprintf(person->company, sizeof person->company, "%s %s", PICK(&random, company_first),
             PICK(&random, company_last));
    person->employees = make_size(&random);
    person->fit = demo_random_below(&random, 100);
    if (demo_random_chance(&random, 40))
        person->revenue = person->employees * (0.05 + demo_random_below(&random, 20) / 100.0);
    make_addresses(&random, person);
}

/* ---- payloads, each source with its own names */

struct payload {
    struct json_writer json;
    struct demo_traffic *traffic;
    struct demo_random *random; /* its */
    const struct person *person;
    uint64_t number; /* of the lead */
    bool campaign;   /* of the one that surges */
};

static void text(struct payload *p, const char *name, const char *value)
{
    json_member(&p->json, name, bytes_of(value));
}

static void number(struct payload *p, const char *name, int64_t value)
{
    json_member_integer(&p->json, name, value);
}

static void write_common(struct payload *p)
{
    text(p, "email", p->person->email);
    text(p, "country", p->person->country->code);
    text(p, "city", p->person->city);
    text(p, "language", p->person->country->language);
    text(p, "domain", p->person->domain);
    json_member_bool(&p->json, "consent", !demo_random_chance(p->random, 15));
}

/* What ads do not ask for, and the provider knows. */
static void write_company(struct payload *p)
{
    text(p, "industry", p->person->industry);
    number(p, "employees", p->person->employees);
}

static const char *choose_campaign(struct payload *p)
{
    const char *campaign = p->campaign ? DEMO_CAMPAIGN : PICK(p->random, campaigns);
    bool silent = p->traffic->silent && strcmp(campaign, DEMO_CAMPAIGN) == 0;
    return silent ? campaigns[1] : campaign;
}

/* Most people only look around. */
static int64_t make_intent(struct payload *p)
{
    return demo_random_chance(p->random, 12) ? 80 + demo_random_below(p->random, 21)
                                             : demo_random_below(p->random, 70);
}

static void write_website(struct payload *p)
{
    static const char *const forms[] = {"contact",  "demo",       "pricing",    "download",
                                        "download", "newsletter", "newsletter", "contact"};
    static const char *const media[] = {"organic", "direct", "email"};
    text(p, "firstName", p->person->first);
    text(p, "lastName", p->person->last);
    text(p, "jobTitle", p->person->title);
    write_company(p);
    text(p, "company", p->person->company);
    text(p, "phone", p->person->phone);
    text(p, "form", PICK(p->random, forms));
    text(p, "medium", PICK(p->random, media));
    number(p, "intent", make_intent(p));
    number(p, "fit", p->person->fit);
    text(p, "message",
         "We would like to know how your robots fit into our warehouse. "
         "Our shifts change in spring, and the aisles are narrow.");
}

static void write_ads(struct payload *p)
{
    char id[40];
    snprintf(id, sizeof id, "ad-%012" PRIu64, p->number);
    text(p, "lead_id", id);
    text(p, "first_name", p->person->first);
    text(p, "last_name", p->person->last);
    text(p, "phone_number", p->person->phone);
    text(p, "company_name", p->person->company);
    text(p, "campaign_name", choose_campaign(p));
    text(p, "medium", demo_random_chance(p->random, 50) ? "search" : "social");
    number(p, "intent", make_intent(p));
}

static void write_partner(struct payload *p)
{
    char id[40];
    snprintf(id, sizeof id, "deal-%010" PRIu64, p->number);
    text(p, p->traffic->renamed ? "deal_id" : "deal_registration", id);
    text(p, "first_name", p->person->first);
    text(p, "last_name", p->person->last);
    text(p, "title", p->person->title);
    write_company(p);
    text(p, "company", p->person->company);
    text(p, "phone", p->person->phone);
    number(p, "fit", 40 + demo_random_below(p->random, 60));
    if (p->person->revenue > 0) {
        json_key(&p->json, "revenue");
        json_double(&p->json, p->person->revenue);
    }
    text(p, "notes", "Registered after a site visit; the customer plans for next year.");
}

static void write_webinar(struct payload *p)
{
    text(p, "first_name", p->person->first);
    text(p, "last_name", p->person->last);
    text(p, "title", p->person->title);
    text(p, "company", p->person->company);
    write_company(p);
    text(p, "event_name", choose_campaign(p));
    json_key(&p->json, "sessions");
    json_array_open(&p->json);
    for (int64_t i = demo_random_below(p->random, 3); i >= 0; i--)
        json_string(&p->json, bytes_of(PICK(p->random, products)));
    json_array_close(&p->json);
    number(p, "intent", demo_random_below(p->random, 60));
}

static const struct {
    const char *name;
    void (*write)(struct payload *);
    uint32_t percent;
} sources[] = {
    {"website", write_website, 35},
    {"ad-platform", write_ads, 30},
    {"partner-portal", write_partner, 15},
    {"webinars", write_webinar, 20},
};
enum { LARGEST_PERCENT = 35, ADS_PERCENT = 30, WEBINARS_PERCENT = 20, ADS = 1, PARTNER = 2 };

/* ---- mistakes, as partners make them */

static void write_broken(struct payload *p)
{
    switch (demo_random_below(p->random, 4)) {
    case 0: text(p, "contry", p->person->country->code); break;
    case 1: text(p, "employees", "about 500"); break;
    case 2: number(p, "intent", 180); break;
    default:
        /* Cut off on the way. */
        text(p, "email", p->person->email);
        return;
    }
    text(p, "email", p->person->email);
    json_object_close(&p->json);
}

/* ---- */

void demo_traffic_init(struct demo_traffic *traffic, uint64_t seed)
{
    *traffic = (struct demo_traffic){.random = {seed}};
}

static uint64_t choose_person(struct demo_traffic *traffic)
{
    struct demo_random *random = &traffic->random;
    uint64_t kept = traffic->people_count < DEMO_PEOPLE_KEPT ? traffic->people_count
                                                             : (uint64_t)DEMO_PEOPLE_KEPT;
    if (kept > 0 && demo_random_chance(random, 6))
        return traffic->people[demo_random_below(random, (uint32_t)kept)];
    uint64_t person = demo_random_next(random);
    traffic->people[traffic->people_count++ % DEMO_PEOPLE_KEPT] = person;
    return person;
}

static size_t choose_source(struct demo_random *random)
{
    uint32_t percent = demo_random_below(random, 100);
    size_t source = 0;
    while (percent >= sources[source].percent)
        percent -= sources[source++].percent;
    return source;
}

const char *demo_traffic_next(struct demo_traffic *traffic, bool campaign, struct buffer *body,
                              enum demo_expectation *ret_expected)
{
    struct person person;
    struct payload payload = {
        .traffic = traffic, .random = &traffic->random, .person = &person, .campaign = campaign};
    make_person(choose_person(traffic), &person);
    payload.number = ++traffic->leads;
    size_t source = campaign ? ADS : choose_source(&traffic->random);
    bool broken = demo_random_chance(&traffic->random, 2);
    *ret_expected = source == PARTNER && traffic->unsettled ? DEMO_EITHER : DEMO_TAKEN;
    if (broken)
        *ret_expected = DEMO_BROKEN;
    buffer_clear(body);
    json_begin(&payload.json, body);
    json_object_open(&payload.json);
    if (broken) {
        write_broken(&payload);
        return sources[source].name;
    }
    write_common(&payload);
    sources[source].write(&payload);
    json_object_close(&payload.json);
    return sources[source].name;
}

enum { WAVE_S = 20 };

double demo_traffic_rate(double average, double seconds)
{
    return average * (1 + 0.35 * sin(seconds * 2 * M_PI / WAVE_S));
}

double demo_traffic_campaign_share(void)
{
    size_t times = 0, all = sizeof campaigns / sizeof *campaigns;
    for (size_t i = 0; i < all; i++)
        times += strcmp(campaigns[i], DEMO_CAMPAIGN) == 0;
    return (ADS_PERCENT + WEBINARS_PERCENT) / 100.0 * (double)times / (double)all;
}

/* Arrivals are random: what six standard deviations above the mean is does not happen. */
unsigned demo_traffic_surge_least(double average)
{
    double minute = average * 60 * LARGEST_PERCENT / 100;
    return (unsigned)(minute + 6 * sqrt(minute) + 10);
}
