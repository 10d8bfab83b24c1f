/* Any bytes as CSV, in one piece and in small ones: both give the same records and the same
 * mistakes. The first byte chooses the size of the pieces and the options. */
#include "base/hash.h"
#include "contract/records.h"

#include <stdlib.h>

static void add(struct buffer *out, const void *data, size_t size)
{
    buffer_append(out, &size, sizeof size);
    buffer_append(out, data, size);
}

static void add_record(const struct contract_record *record, struct buffer *out)
{
    add(out, &record->line, sizeof record->line);
    for (uint32_t i = 0; i < record->fields.count; i++) {
        const struct contract_member *member = &record->fields.members[i];
        if (!bytes_is_utf8(member->name) || !bytes_is_utf8(member->value.text))
            abort();
        add(out, member->name.data, member->name.size);
        add(out, member->value.text.data, member->value.text.size);
    }
}

static struct hash128 read_all(const struct contract_records_options *options, struct bytes text,
                               size_t step)
{
    struct contract_records *reader = contract_records_new(options);
    struct contract_record record;
    struct error err;
    struct buffer out;
    struct arena arena;
    buffer_init(&out, 64 * 1024 * 1024);
    arena_init(&arena);
    for (bool done = false; !done;) {
        enum contract_records_result result = contract_records_next(reader, &arena, &record, &err);
        buffer_append_char(&out, (char)result);
        done = result == CONTRACT_RECORDS_END || result == CONTRACT_RECORDS_BROKEN;
        if (result == CONTRACT_RECORDS_RECORD)
            add_record(&record, &out);
        if (result == CONTRACT_RECORDS_MISTAKE || result == CONTRACT_RECORDS_BROKEN) {
            if (!bytes_is_utf8(bytes_of(err.message)) && bytes_is_utf8(text))
                abort();
            add(&out, err.message, strlen(err.message));
            add(&out, err.place, strlen(err.place));
        }
        if (result != CONTRACT_RECORDS_MORE)
            continue;
        out.size--; /* how often more is asked for depends on the pieces */
        struct bytes piece = {text.data, text.size < step ? text.size : step};
        if (piece.size == 0)
            contract_records_end(reader);
        else if (contract_records_push(reader, piece, &err) != 0)
            abort();
        text = (struct bytes){text.data + piece.size, text.size - piece.size};
    }
    struct bytes printed = buffer_bytes(&out);
    struct hash128 hash = hash128_of(&printed, 1);
    buffer_release(&out);
    arena_release(&arena);
    contract_records_free(reader);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct contract_records_options options = {
        .charset = (enum contract_charset)(data[0] & 3),
        .keep_empty = (data[0] & 4) != 0,
        .record_size = (data[0] & 8) != 0 ? 16 : 0,
        .columns = (data[0] & 16) != 0 ? 3 : 0,
    };
    struct bytes text = {(const char *)data + 1, size - 1};
    if (!hash128_equal(read_all(&options, text, CONTRACT_RECORDS_PIECE_MAX),
                       read_all(&options, text, 1u + (data[0] >> 5))))
        abort();
    return 0;
}
