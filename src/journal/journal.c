/* What every backend of the journal shares: the link of the hash chain, and closing. */
#include "journal/journal.h"

static void store_number(unsigned char out[static 8], uint64_t number)
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(number >> (8 * i));
}

/* The pieces in their order are part of the format (JOURNAL_FORMAT_VERSION): previous hash, seq and
 * time as 8 little-endian bytes, type, subject, data. */
struct hash256 journal_record_hash(const struct hash256 *previous,
                                   const struct journal_record *record)
{
    unsigned char seq[8], time[8];
    store_number(seq, record->seq);
    store_number(time, (uint64_t)record->time_us);
    struct bytes pieces[] = {
        {(const char *)previous->data, sizeof previous->data},
        {(const char *)seq, sizeof seq},
        {(const char *)time, sizeof time},
        record->type,
        record->subject,
        record->data,
    };
    return hash256_of(pieces, sizeof pieces / sizeof pieces[0]);
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader != NULL)
        reader->operations->close(reader);
}

void journal_close(struct journal *journal)
{
    if (journal != NULL)
        journal->operations->close(journal);
}
