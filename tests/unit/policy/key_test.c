/* The business key: who is the same person. */
#include "mesh.h"

enum { ADS, WEB };

struct fixture {
    struct policy_release *release;
    struct arena arena;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/ads.yaml", "source: ads\n");
    fixture.release = mesh_compile(&mesh);
    arena_init(&fixture.arena);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    policy_release_unref(fixture->release);
    arena_release(&fixture->arena);
    return 0;
}

/* NULL leaves a field out. */
static enum policy_key_kind key_of(struct fixture *fixture, uint32_t source, const char *email,
                                   const char *phone, const char *external_id, struct hash128 *ret)
{
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    if (email != NULL)
        values[0] = cel_string(bytes_of(email));
    if (phone != NULL)
        values[1] = cel_string(bytes_of(phone));
    if (external_id != NULL)
        values[2] = cel_string(bytes_of(external_id));
    return policy_business_key(fixture->release, source, values, &fixture->arena, ret);
}

static bool same_phone(struct fixture *fixture, const char *a, const char *b)
{
    struct hash128 key_a, key_b;
    assert_int_equal(key_of(fixture, WEB, NULL, a, NULL, &key_a), POLICY_KEY_PHONE);
    assert_int_equal(key_of(fixture, WEB, NULL, b, NULL, &key_b), POLICY_KEY_PHONE);
    return hash128_equal(key_a, key_b);
}

static void email_is_trimmed_and_lowered(void **state)
{
    struct hash128 a, b, c;
    assert_int_equal(key_of(*state, WEB, "ana@example.com", NULL, NULL, &a), POLICY_KEY_EMAIL);
    assert_int_equal(key_of(*state, ADS, " ANA@Example.COM\n", "030 12345", "x", &b),
                     POLICY_KEY_EMAIL);
    assert_int_equal(key_of(*state, WEB, "ann@example.com", NULL, NULL, &c), POLICY_KEY_EMAIL);
    assert_true(hash128_equal(a, b));
    assert_false(hash128_equal(a, c));
}

static void phone_is_next_and_compared_by_digits(void **state)
{
    assert_true(same_phone(*state, "+49 30 1234-567", "0049 (30) 1234567"));
    assert_true(same_phone(*state, "+49 (0)30 1234567", "+49301234567"));
    assert_true(same_phone(*state, "(555) 010-0199", "555.010.0199"));
    assert_true(same_phone(*state, "555 010 0199 ext. 7", "555 010 0199 x8"));
    assert_false(same_phone(*state, "+49301234567", "49301234567"));
}

static void external_id_is_last_and_of_its_source(void **state)
{
    struct hash128 web, again, ads;
    assert_int_equal(key_of(*state, WEB, NULL, NULL, "A-17", &web), POLICY_KEY_EXTERNAL_ID);
    assert_int_equal(key_of(*state, WEB, "", " ", "A-17", &again), POLICY_KEY_EXTERNAL_ID);
    assert_int_equal(key_of(*state, ADS, NULL, NULL, "A-17", &ads), POLICY_KEY_EXTERNAL_ID);
    assert_true(hash128_equal(web, again));
    assert_false(hash128_equal(web, ads));
}

static void fillers_are_nobody(void **state)
{
    struct hash128 key;
    assert_int_equal(key_of(*state, WEB, "n/a", "none", "", &key), POLICY_KEY_NONE);
    assert_true(hash128_is_none(key));
    assert_int_equal(key_of(*state, WEB, "@example.com", "0000", NULL, &key), POLICY_KEY_NONE);
    assert_int_equal(key_of(*state, WEB, "ana@", "+", NULL, &key), POLICY_KEY_NONE);
    assert_int_equal(key_of(*state, WEB, NULL, NULL, NULL, &key), POLICY_KEY_NONE);
}

static void the_same_text_as_email_and_id_is_not_the_same_key(void **state)
{
    struct hash128 email, id;
    assert_int_equal(key_of(*state, WEB, "ana@example.com", NULL, NULL, &email), POLICY_KEY_EMAIL);
    assert_int_equal(key_of(*state, WEB, NULL, NULL, "ana@example.com", &id),
                     POLICY_KEY_EXTERNAL_ID);
    assert_false(hash128_equal(email, id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(email_is_trimmed_and_lowered),
        cmocka_unit_test(phone_is_next_and_compared_by_digits),
        cmocka_unit_test(external_id_is_last_and_of_its_source),
        cmocka_unit_test(fillers_are_nobody),
        cmocka_unit_test(the_same_text_as_email_and_id_is_not_the_same_key),
    };
    return cmocka_run_group_tests_name("policy_key", tests, setup, teardown);
}
