/* Signatures of requests. The expected values were made with other programs' HMAC and Ed25519. */
#include "unit.h"

#include "server/access/signature.h"

#define BODY "{\"email\":\"ada@example.com\"}"
#define BASE64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define WHSEC "whsec_" BASE64
#define WHPK "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
#define V1 "v1,vGYa/nTJ3yc0fnrpG/ufn986kvyCAmPZqda66pKKMSI="
#define V1A \
    "v1a,bRXHsu4ypxyZnmDyRrNs0lLzYJM2/i2EB5jLOAbwPVYj1l6xYOD6sJ7nU4Vwdn1GFoE1EomBeyb7vKb1DFbcAw=="
#define VENDOR "s3cr3t-of-the-vendor"

enum { NOW_S = 1700000000 };

static struct error err;

static struct signature_parts standard(const char *signature)
{
    return (struct signature_parts){.signature = bytes_of(signature),
                                    .timestamp = BYTES_LITERAL("1700000000"),
                                    .id = BYTES_LITERAL("msg_1"),
                                    .body = BYTES_LITERAL(BODY)};
}

static int verify_at(enum key_kind kind, const char *secret, const struct signature_parts *parts,
                     int64_t now_s)
{
    err = (struct error){0};
    return signature_verify(kind, bytes_of(secret), parts, now_s * 1000000, &err);
}

static int verify(const char *secret, const struct signature_parts *parts)
{
    return verify_at(KEY_SIGNATURE, secret, parts, NOW_S);
}

static void a_standard_signature_is_taken(void **state)
{
    (void)state;
    struct signature_parts parts = standard(V1);
    assert_int_equal(verify(WHSEC, &parts), 0);
    assert_int_equal(verify(BASE64, &parts), 0); /* a secret may come without its prefix */
}

static void an_asymmetric_signature_is_taken(void **state)
{
    (void)state;
    struct signature_parts parts = standard(V1A);
    assert_int_equal(verify(WHPK, &parts), 0);
    parts.body = BYTES_LITERAL(BODY " ");
    assert_int_equal(verify(WHPK, &parts), ML_EDENIED);
    assert_non_null(strstr(err.message, "Ed25519"));
}

static void the_right_signature_may_stand_anywhere_in_the_list(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= " V1,
        V1 " v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "  v2,new " V1A " " V1,
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct signature_parts parts = standard(lists[i]);
        assert_int_equal(verify(WHSEC, &parts), 0);
    }
    struct signature_parts both = standard(V1 " " V1A);
    assert_int_equal(verify(WHPK, &both), 0);
}

static void whatever_is_changed_the_signature_is_refused(void **state)
{
    (void)state;
    struct signature_parts changed[5];
    for (size_t i = 0; i < 5; i++)
        changed[i] = standard(V1);
    changed[0].body = BYTES_LITERAL("{\"email\":\"bob@example.com\"}");
    changed[1].body = BYTES_LITERAL("");
    changed[2].id = BYTES_LITERAL("msg_2");
    changed[3].timestamp = BYTES_LITERAL("1700000001");
    changed[4].signature = BYTES_LITERAL("v1,wGYa/nTJ3yc0fnrpG/ufn986kvyCAmPZqda66pKKMSI=");
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(verify(WHSEC, &changed[i]), ML_EDENIED);
        assert_string_equal(err.place, "webhook-signature");
        assert_non_null(strstr(err.message, "{id}.{timestamp}.{body}"));
    }
}

static void another_secret_or_version_is_refused(void **state)
{
    (void)state;
    struct signature_parts parts = standard(V1);
    assert_int_equal(verify("whsec_BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", &parts),
                     ML_EDENIED);
    assert_int_equal(verify(WHPK, &parts), ML_EDENIED);
    static const char *const wrong[] = {
        "vGYa/nTJ3yc0fnrpG/ufn986kvyCAmPZqda66pKKMSI=",
        "v2,vGYa/nTJ3yc0fnrpG/ufn986kvyCAmPZqda66pKKMSI=",
        "v1,vGYa/nTJ3yc0fnrpG/ufn986kvyCAmPZqda66pKKMSI",
        "v1,",
        " ",
        "v1,vGYa/nTJ3yc0fnrpG/ufn986kvyCAmPZqda66pKKMSI=x",
        "v1a,AAAA",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        parts = standard(wrong[i]);
        assert_int_equal(verify(WHSEC, &parts), ML_EDENIED);
        assert_int_equal(verify(WHPK, &parts), ML_EDENIED);
    }
}

static void a_timestamp_may_be_five_minutes_off_both_ways(void **state)
{
    (void)state;
    struct signature_parts parts = standard(V1);
    assert_int_equal(verify_at(KEY_SIGNATURE, WHSEC, &parts, NOW_S + 300), 0);
    assert_int_equal(verify_at(KEY_SIGNATURE, WHSEC, &parts, NOW_S - 300), 0);
    assert_int_equal(verify_at(KEY_SIGNATURE, WHSEC, &parts, NOW_S + 400), ML_EDENIED);
    assert_string_equal(err.place, "webhook-timestamp");
    assert_non_null(strstr(err.message, "400 s in the past"));
    assert_int_equal(verify_at(KEY_SIGNATURE, WHSEC, &parts, NOW_S - 400), ML_EDENIED);
    assert_non_null(strstr(err.message, "400 s in the future"));
}

static void a_timestamp_is_whole_seconds(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "yesterday",   "1700000000.0",         "-1",
        "+1700000000", "99999999999999999999", "9223372036854775807",
        " 1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct signature_parts parts = standard(V1);
        parts.timestamp = bytes_of(wrong[i]);
        assert_int_equal(verify(WHSEC, &parts), ML_EDENIED);
        assert_non_null(strstr(err.message, "whole seconds"));
    }
    /* Milliseconds lie far in the future, which the sentence lets one guess. */
    struct signature_parts parts = standard(V1);
    parts.timestamp = BYTES_LITERAL("1700000000000");
    assert_int_equal(verify(WHSEC, &parts), ML_EDENIED);
    assert_non_null(strstr(err.message, "seconds since 1970"));
}

static void a_missing_header_is_named(void **state)
{
    (void)state;
    struct signature_parts parts[3];
    static const char *const names[] = {"webhook-signature", "webhook-timestamp", "webhook-id"};
    for (size_t i = 0; i < 3; i++)
        parts[i] = standard(V1);
    parts[0].signature = parts[1].timestamp = parts[2].id = (struct bytes){0};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(verify(WHSEC, &parts[i]), ML_ENOTFOUND);
        assert_string_equal(err.place, names[i]);
        assert_non_null(strstr(err.message, names[i]));
    }
}

static const struct vendor {
    enum key_kind kind;
    const char *signature;
    const char *timestamp;
    const char *url;
    const char *prefix; /* that must be there */
} vendors[] = {
    {KEY_TYPEFORM, "sha256=5CVcblsbft7sCkPtCmrgP5Zcz+0gwZwxPP8eDZyWt3Q=", NULL, NULL, "sha256="},
    {KEY_HUBSPOT, "Hc23sR6wUvi+beU/737goIWE/9OtnezxBN2VEINpYX4=", "1700000000000",
     "https://leads.acme.example/v1/sources/hubspot/leads", NULL},
    {KEY_META, "sha256=e4255c6e5b1b7edeec0a43ed0a6ae03f965ccfed20c19c313cff1e0d9c96b774", NULL,
     NULL, "sha256="},
    {KEY_LINKEDIN, "810429b6624d31444e999f2c21a75a6a5f3310430cd26ff1c9333c997d4b4e58", NULL, NULL,
     NULL},
    {KEY_LINKEDIN, "hmacsha256=810429b6624d31444e999f2c21a75a6a5f3310430cd26ff1c9333c997d4b4e58",
     NULL, NULL, NULL},
    {KEY_WEBFLOW, "021a948b03cc3163d3b3bf26194096170421a61c9e2aed467d1cef5745147419",
     "1700000000000", NULL, NULL},
};
enum { VENDORS = sizeof vendors / sizeof *vendors };

static struct signature_parts of_vendor(const struct vendor *vendor)
{
    return (struct signature_parts){.signature = bytes_of(vendor->signature),
                                    .timestamp = bytes_of(vendor->timestamp),
                                    .url = bytes_of(vendor->url),
                                    .body = BYTES_LITERAL(BODY)};
}

static void vendors_signatures_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < VENDORS; i++) {
        struct signature_parts parts = of_vendor(&vendors[i]);
        if (verify_at(vendors[i].kind, VENDOR, &parts, NOW_S) != 0)
            fail_msg("%s: %s", key_kind_name(vendors[i].kind), err.message);
    }
}

static void vendors_signatures_are_over_the_whole_body_and_the_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < VENDORS; i++) {
        struct signature_parts parts = of_vendor(&vendors[i]);
        assert_int_equal(verify_at(vendors[i].kind, "s3cr3t", &parts, NOW_S), ML_EDENIED);
        parts.body = BYTES_LITERAL("{\"email\":\"bob@example.com\"}");
        assert_int_equal(verify_at(vendors[i].kind, VENDOR, &parts, NOW_S), ML_EDENIED);
        assert_string_equal(err.place, signature_scheme_of(vendors[i].kind)->signature);
        parts = of_vendor(&vendors[i]);
        parts.signature = (struct bytes){0};
        assert_int_equal(verify_at(vendors[i].kind, VENDOR, &parts, NOW_S), ML_ENOTFOUND);
        if (vendors[i].prefix == NULL)
            continue;
        parts.signature = bytes_of(vendors[i].signature + strlen(vendors[i].prefix));
        assert_int_equal(verify_at(vendors[i].kind, VENDOR, &parts, NOW_S), ML_EDENIED);
    }
}

static void vendors_timestamps_are_milliseconds_and_five_minutes_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < VENDORS; i++) {
        struct signature_parts parts = of_vendor(&vendors[i]);
        bool timed = vendors[i].timestamp != NULL;
        int late = timed ? ML_EDENIED : 0;
        assert_int_equal(verify_at(vendors[i].kind, VENDOR, &parts, NOW_S + 400), late);
        assert_int_equal(verify_at(vendors[i].kind, VENDOR, &parts, NOW_S - 400), late);
        parts.timestamp = (struct bytes){0};
        assert_int_equal(verify_at(vendors[i].kind, VENDOR, &parts, NOW_S),
                         timed ? ML_ENOTFOUND : 0);
    }
}

static void hubspots_signature_is_for_one_address(void **state)
{
    (void)state;
    struct signature_parts parts = of_vendor(&vendors[1]);
    parts.url = BYTES_LITERAL("https://leads.acme.example/v1/sources/other/leads");
    assert_int_equal(verify_at(KEY_HUBSPOT, VENDOR, &parts, NOW_S), ML_EDENIED);
}

static void a_secret_in_the_body_must_be_the_same(void **state)
{
    (void)state;
    static const enum key_kind kinds[] = {KEY_GOOGLE_ADS, KEY_SALESFORCE};
    for (size_t i = 0; i < 2; i++) {
        struct signature_parts parts = {.signature = BYTES_LITERAL(VENDOR)};
        assert_int_equal(verify_at(kinds[i], VENDOR, &parts, NOW_S), 0);
        parts.signature = BYTES_LITERAL("s3cr3t-of-the-vendo");
        assert_int_equal(verify_at(kinds[i], VENDOR, &parts, NOW_S), ML_EDENIED);
        parts.signature = (struct bytes){0};
        assert_int_equal(verify_at(kinds[i], VENDOR, &parts, NOW_S), ML_ENOTFOUND);
        assert_non_null(strstr(err.message, signature_scheme_of(kinds[i])->member));
    }
}

static void linkedins_challenge_is_answered_only_when_it_is_a_uuid(void **state)
{
    (void)state;
    char response[SIGNATURE_HANDSHAKE_SIZE];
    assert_true(signature_linkedin_response(
        BYTES_LITERAL(VENDOR), BYTES_LITERAL("890e4665-4dfe-4ab1-b689-ed553bceeed0"), response));
    assert_string_equal(response,
                        "b20c09f150577fb95d8e53e5bd13f2dc46b3191171abe7c391c3746b38b32814");
    /* Else a stranger could have any body signed: this one is what a signature is made over. */
    static const char *const wrong[] = {
        "hmacsha256={\"email\":\"a@b.example\"}", "", "890e4665-4dfe-4ab1-b689-ed553bceeed",
        "890e4665-4dfe-4ab1-b689-ed553bceeed0x", "890e4665-4dfe-4ab1-b689_ed553bceeed0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(
            signature_linkedin_response(BYTES_LITERAL(VENDOR), bytes_of(wrong[i]), response));
}

static void wrong_secrets_are_refused_before_they_are_used(void **state)
{
    (void)state;
    const struct {
        enum key_kind kind;
        const char *secret;
        const char *says; /* NULL: it is good */
    } cases[] = {
        {KEY_SIGNATURE, WHSEC, NULL},
        {KEY_SIGNATURE, BASE64, NULL},
        {KEY_SIGNATURE, WHPK, NULL},
        {KEY_SIGNATURE, "whsec_AAECAwQFBgcICQoLDA0ODw", NULL}, /* without padding */
        {KEY_SIGNATURE, "whsec_AAEC", "16 bytes"},
        {KEY_SIGNATURE, "whsec_", "base64"},
        {KEY_SIGNATURE, "whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", "base64 of 32"},
        {KEY_SIGNATURE, "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", "private key"},
        {KEY_SIGNATURE, "not base64", "byte 4"},
        {KEY_TYPEFORM, VENDOR, NULL},
        {KEY_TYPEFORM, "", "1 to 255"},
        {KEY_META, "two words", "byte 4"},
        {KEY_META, "zo\xc3\xab", "byte 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        err = (struct error){0};
        int code = signature_secret_check(cases[i].kind, bytes_of(cases[i].secret), &err);
        assert_int_equal(code, cases[i].says == NULL ? 0 : ML_EINVAL);
        if (cases[i].says != NULL && strstr(err.message, cases[i].says) == NULL)
            fail_msg("\"%s\" is not in: %s", cases[i].says, err.message);
    }
}

static void every_kind_has_a_name_and_a_way(void **state)
{
    (void)state;
    assert_int_equal(key_kind_parse(BYTES_LITERAL("fax")), KEY_KINDS);
    for (enum key_kind kind = KEY_BEARER; kind < KEY_KINDS; kind++) {
        const struct signature_scheme *scheme = signature_scheme_of(kind);
        assert_int_equal(key_kind_parse(bytes_of(key_kind_name(kind))), kind);
        assert_int_equal(scheme == NULL, kind == KEY_BEARER);
        if (scheme == NULL)
            continue;
        assert_true((scheme->signature != NULL) != (scheme->member != NULL));
        assert_true((scheme->text != NULL) == (scheme->signature != NULL));
        assert_true((scheme->timestamp != NULL) == (scheme->timestamp_unit_us != 0));
        assert_non_null(scheme->title);
        assert_non_null(scheme->secret);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_standard_signature_is_taken),
        cmocka_unit_test(an_asymmetric_signature_is_taken),
        cmocka_unit_test(the_right_signature_may_stand_anywhere_in_the_list),
        cmocka_unit_test(whatever_is_changed_the_signature_is_refused),
        cmocka_unit_test(another_secret_or_version_is_refused),
        cmocka_unit_test(a_timestamp_may_be_five_minutes_off_both_ways),
        cmocka_unit_test(a_timestamp_is_whole_seconds),
        cmocka_unit_test(a_missing_header_is_named),
        cmocka_unit_test(vendors_signatures_are_taken),
        cmocka_unit_test(vendors_signatures_are_over_the_whole_body_and_the_secret),
        cmocka_unit_test(vendors_timestamps_are_milliseconds_and_five_minutes_good),
        cmocka_unit_test(hubspots_signature_is_for_one_address),
        cmocka_unit_test(a_secret_in_the_body_must_be_the_same),
        cmocka_unit_test(linkedins_challenge_is_answered_only_when_it_is_a_uuid),
        cmocka_unit_test(wrong_secrets_are_refused_before_they_are_used),
        cmocka_unit_test(every_kind_has_a_name_and_a_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
