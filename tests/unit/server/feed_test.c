/* Records out of a body in pieces: lines and rows, plain and in gzip, cut anywhere. */
#include "server/intake/feed.h"

#include "unit.h"

#include <stdlib.h>
#include <zlib.h>

enum { BYTES_MAX = 2000, RECORD_MAX = 100 };

static struct arena arena;
static struct error problem;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    memset(&problem, 0, sizeof problem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct bytes pack(struct bytes text)
{
    z_stream stream = {0};
    size_t room = text.size + 200;
    char *packed = arena_alloc(&arena, room);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (z_const unsigned char *)text.data;
    stream.avail_in = (unsigned)text.size;
    stream.next_out = (unsigned char *)packed;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    struct bytes result = {packed, stream.total_out};
    deflateEnd(&stream);
    return result;
}

/* Appends "line:text " for each record; "line! " for mistakes, "line? " for what is too long, "# "
 * where it is broken. */
static void take_all(struct feed *feed, struct buffer *out)
{
    static const char marks[] = {[FEED_MISTAKE] = '!', [FEED_TOO_LONG] = '?'};
    for (;;) {
        struct feed_record record;
        enum feed_result result = feed_next(feed, &arena, &record, &problem);
        if (result == FEED_MORE || result == FEED_END)
            return;
        if (result == FEED_BROKEN)
            buffer_printf(out, "# ");
        else if (result == FEED_RECORD)
            buffer_printf(out, "%d:%.*s ", (int)record.line, BYTES_ARG(record.text));
        else
            buffer_printf(out, "%d%c ", (int)record.line, marks[result]);
    }
}

static const char *read_all(enum feed_format format, bool gzip, struct bytes data, size_t step)
{
    struct feed feed;
    struct buffer out;
    const struct feed_options options = {
        .format = format, .gzip = gzip, .record_max = RECORD_MAX, .bytes_max = BYTES_MAX};
    feed_init(&feed, &options);
    buffer_init(&out, 1024 * 1024);
    for (size_t at = 0; at < data.size; at += step) {
        size_t size = data.size - at < step ? data.size - at : step;
        feed_push(&feed, (struct bytes){data.data + at, size});
        take_all(&feed, &out);
    }
    feed_end(&feed);
    take_all(&feed, &out);
    const char *result = arena_string(&arena, buffer_bytes(&out));
    buffer_release(&out);
    feed_release(&feed);
    return result;
}

static void lines_come_with_their_numbers_however_they_are_cut(void **state)
{
    (void)state;
    struct bytes text = BYTES_LITERAL("\xEF\xBB\xBF{1}\n\n {2}\r\n  \n{3}"), packed = pack(text);
    for (size_t step = 1; step < 20; step++) {
        assert_string_equal(read_all(FEED_LINES, false, text, step), "1:{1} 3: {2} 5:{3} ");
        assert_string_equal(read_all(FEED_LINES, true, packed, step), "1:{1} 3: {2} 5:{3} ");
    }
}

static void rows_come_with_the_lines_that_they_begin_on(void **state)
{
    (void)state;
    struct bytes text = BYTES_LITERAL("a,b\n1,\"x\ny\"\n2\n3,z"), packed = pack(text);
    for (size_t step = 1; step < 20; step++) {
        assert_string_equal(read_all(FEED_CSV, false, text, step), "2:1,\"x\ny\" 4! 5:3,z ");
        assert_string_equal(read_all(FEED_CSV, true, packed, step), "2:1,\"x\ny\" 4! 5:3,z ");
    }
}

static void a_row_is_an_object(void **state)
{
    (void)state;
    struct feed feed;
    struct feed_record record;
    const struct feed_options options = {
        .format = FEED_CSV, .record_max = RECORD_MAX, .bytes_max = BYTES_MAX};
    feed_init(&feed, &options);
    feed_push(&feed, BYTES_LITERAL("email;country\na@b.example;DE\n"));
    assert_int_equal(feed_next(&feed, &arena, &record, &problem), FEED_RECORD);
    const struct contract_instance *email =
        contract_instance_find(record.fields, BYTES_LITERAL("email"));
    assert_string_equal(arena_string(&arena, email->text), "a@b.example");
    assert_int_equal(feed_next(&feed, &arena, &record, &problem), FEED_MORE);
    feed_release(&feed);
}

static void what_is_too_long_stops_nothing(void **state)
{
    (void)state;
    const char *long_text = arena_printf(&arena, "a\n%0*d\nb\n", RECORD_MAX + 200, 7);
    assert_string_equal(read_all(FEED_LINES, false, bytes_of(long_text), 50), "1:a 2? 3:b ");
    assert_string_equal(read_all(FEED_CSV, false, bytes_of(long_text), 50), "2? 3:b ");
}

static void a_body_past_the_ceiling_is_broken_off(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, 1024 * 1024);
    for (int i = 0; i < 500; i++)
        buffer_printf(&text, "1234\n\n");
    const char *read = read_all(FEED_LINES, false, buffer_bytes(&text), 100);
    assert_int_equal(problem.code, ML_ELIMIT);
    assert_string_equal(read + strlen(read) - 2, "# ");
    assert_true(strlen(read) < 10 * BYTES_MAX);
    memset(&problem, 0, sizeof problem);
    assert_string_equal(read_all(FEED_LINES, true, pack(buffer_bytes(&text)), 100), "# ");
    assert_int_equal(problem.code, ML_ELIMIT);
    buffer_release(&text);
}

static void gzip_that_ends_early_is_broken_behind_what_came(void **state)
{
    (void)state;
    struct bytes packed = pack(BYTES_LITERAL("one\ntwo\n"));
    packed.size -= 5;
    assert_string_equal(read_all(FEED_LINES, true, packed, 3), "1:one 2:two # ");
    assert_string_equal(problem.place, "Content-Encoding");
}

static void what_is_no_gzip_is_broken_at_once(void **state)
{
    (void)state;
    assert_string_equal(read_all(FEED_LINES, true, BYTES_LITERAL("one\ntwo\n"), 3), "# ");
    assert_int_equal(problem.code, ML_EINVAL);
}

static void a_header_row_that_cannot_be_used_is_broken(void **state)
{
    (void)state;
    assert_string_equal(read_all(FEED_CSV, false, BYTES_LITERAL("a,a\n1,2\n"), 100), "# ");
    assert_string_equal(problem.place, "line 1");
    assert_string_equal(read_all(FEED_CSV, false, BYTES_LITERAL(""), 100), "# ");
}

static void what_was_not_read_can_be_given_back(void **state)
{
    (void)state;
    struct feed feed;
    struct feed_record record;
    const struct feed_options options = {
        .format = FEED_LINES, .record_max = RECORD_MAX, .bytes_max = BYTES_MAX};
    feed_init(&feed, &options);
    feed_push(&feed, BYTES_LITERAL("one\ntwo\nthree"));
    assert_int_equal(feed_next(&feed, &arena, &record, &problem), FEED_RECORD);
    assert_int_equal(feed_give_back(&feed), 9);
    feed_push(&feed, BYTES_LITERAL("two\nthree"));
    assert_int_equal(feed_next(&feed, &arena, &record, &problem), FEED_RECORD);
    assert_string_equal(arena_string(&arena, record.text), "two");
    assert_int_equal(record.line, 2);
    assert_int_equal(feed_next(&feed, &arena, &record, &problem), FEED_MORE);
    feed_end(&feed);
    assert_int_equal(feed_next(&feed, &arena, &record, &problem), FEED_RECORD);
    assert_int_equal(feed_next(&feed, &arena, &record, &problem), FEED_END);
    feed_release(&feed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(lines_come_with_their_numbers_however_they_are_cut),
        CASE(rows_come_with_the_lines_that_they_begin_on),
        CASE(a_row_is_an_object),
        CASE(what_is_too_long_stops_nothing),
        CASE(a_body_past_the_ceiling_is_broken_off),
        CASE(gzip_that_ends_early_is_broken_behind_what_came),
        CASE(what_is_no_gzip_is_broken_at_once),
        CASE(a_header_row_that_cannot_be_used_is_broken),
        CASE(what_was_not_read_can_be_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
