/* Inflating: any cut of the input, several members, what is broken, and bombs. */
#include "server/intake/inflate.h"

#include "base/buffer.h"
#include "unit.h"

#include <stdlib.h>
#include <zlib.h>

static struct inflater *inflater;
static struct buffer packed, result;
static struct error problem;

static int setup(void **state)
{
    (void)state;
    inflater = inflater_new();
    buffer_init(&packed, 10 * 1024 * 1024);
    buffer_init(&result, 10 * 1024 * 1024);
    memset(&problem, 0, sizeof problem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    inflater_free(inflater);
    buffer_release(&packed);
    buffer_release(&result);
    return 0;
}

/* Appends a member to `packed`. */
static void pack(const char *text, size_t size)
{
    z_stream stream = {0};
    char *room = buffer_reserve(&packed, size + 1000);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (z_const unsigned char *)text;
    stream.avail_in = (unsigned)size;
    stream.next_out = (unsigned char *)room;
    stream.avail_out = (unsigned)size + 1000;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    buffer_commit(&packed, stream.total_out);
    deflateEnd(&stream);
}

/* Pushes `data` in pieces of `step` bytes. */
static int inflate_all(struct bytes data, size_t step)
{
    while (data.size > 0) {
        struct bytes part = {data.data, data.size < step ? data.size : step}, piece;
        data = (struct bytes){data.data + part.size, data.size - part.size};
        int status;
        while ((status = inflater_next(inflater, &part, &piece, &problem)) == 1) {
            assert_true(piece.size > 0 && piece.size <= INFLATE_PIECE_MAX);
            buffer_append_bytes(&result, piece);
        }
        if (status < 0)
            return status;
        assert_int_equal(part.size, 0);
    }
    return inflater_end(inflater, &problem);
}

static void what_was_packed_comes_out_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t step = 1; step < 60; step += 7) {
        teardown(NULL);
        setup(NULL);
        pack("{\"email\":\"a@b.example\"}", 23);
        assert_int_equal(inflate_all(buffer_bytes(&packed), step), 0);
        assert_string_equal(buffer_string(&result), "{\"email\":\"a@b.example\"}");
    }
}

static void members_in_a_row_are_one_body(void **state)
{
    (void)state;
    pack("one\n", 4);
    pack("two\n", 4);
    assert_int_equal(inflate_all(buffer_bytes(&packed), 1000), 0);
    assert_string_equal(buffer_string(&result), "one\ntwo\n");
}

static void an_empty_member_is_an_empty_body(void **state)
{
    (void)state;
    pack("", 0);
    assert_int_equal(inflate_all(buffer_bytes(&packed), 1000), 0);
    assert_int_equal(result.size, 0);
}

static void a_body_that_is_cut_off_is_a_mistake(void **state)
{
    (void)state;
    pack("{\"email\":\"a@b.example\"}", 23);
    packed.size -= 3;
    assert_int_equal(inflate_all(buffer_bytes(&packed), 1000), ML_EINVAL);
    assert_non_null(strstr(problem.message, "ends in the middle"));
    teardown(NULL);
    setup(NULL);
    assert_int_equal(inflater_end(inflater, &problem), ML_EINVAL);
}

static void what_is_no_gzip_is_a_mistake(void **state)
{
    (void)state;
    assert_int_equal(inflate_all(BYTES_LITERAL("{\"email\":1}"), 1000), ML_EINVAL);
    assert_string_equal(problem.place, "Content-Encoding");
    assert_non_null(strstr(problem.message, "not valid gzip"));
}

static void a_wrong_checksum_is_a_mistake(void **state)
{
    (void)state;
    pack("{\"email\":\"a@b.example\"}", 23);
    packed.data[packed.size - 6] ^= 1;
    assert_int_equal(inflate_all(buffer_bytes(&packed), 1000), ML_EINVAL);
}

static void a_bomb_comes_out_a_piece_at_a_time(void **state)
{
    (void)state;
    enum { SIZE = 8 * 1024 * 1024 };
    char *zeros = calloc(1, SIZE);
    pack(zeros, SIZE);
    free(zeros);
    assert_true(packed.size < SIZE / 500);
    struct bytes data = buffer_bytes(&packed), piece;
    assert_int_equal(inflater_next(inflater, &data, &piece, &problem), 1);
    assert_int_equal(piece.size, INFLATE_PIECE_MAX);
    assert_true(data.size > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(what_was_packed_comes_out_however_it_is_cut),
        CASE(members_in_a_row_are_one_body),
        CASE(an_empty_member_is_an_empty_body),
        CASE(a_body_that_is_cut_off_is_a_mistake),
        CASE(what_is_no_gzip_is_a_mistake),
        CASE(a_wrong_checksum_is_a_mistake),
        CASE(a_bomb_comes_out_a_piece_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
