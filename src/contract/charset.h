/* Text in the encodings that forms and spreadsheets really send, as UTF-8. */
#ifndef ML_CONTRACT_CHARSET_H
#define ML_CONTRACT_CHARSET_H

#include "base/arena.h"
#include "base/buffer.h"

#include <stdint.h>

enum contract_charset {
    CONTRACT_UTF8,
    CONTRACT_WINDOWS_1252, /* and what calls itself ISO-8859-1 or ASCII (WHATWG Encoding, 4.2) */
    CONTRACT_UTF16_LE,
    CONTRACT_UTF16_BE,
};

/* The encoding that a label such as "utf-8", "ISO-8859-1", "cp1252" or "utf-16" means, in any case;
 * false when it is none of these. */
bool contract_charset_find(struct bytes label, enum contract_charset *ret);

/* Decodes piece by piece. A byte order mark at the beginning is passed over and is believed before
 * `charset`. What is no text in its encoding comes out as bytes that are no UTF-8 either, in its
 * place, so that whoever checks the result knows where. */
struct contract_decoder {
    enum contract_charset charset;
    bool started;          /* the mark has been looked for */
    unsigned char held[3]; /* bytes of a mark or of half a UTF-16 unit */
    uint8_t held_size;
    uint16_t high; /* the first half of a surrogate pair; 0: none */
};

void contract_decoder_init(struct contract_decoder *decoder, enum contract_charset charset);
/* Appends at most 3 * (piece.size + 3) bytes; `out` must have that much below its ceiling. */
void contract_decoder_push(struct contract_decoder *decoder, struct bytes piece,
                           struct buffer *out);
/* What was held back: at most 9 bytes. */
void contract_decoder_end(struct contract_decoder *decoder, struct buffer *out);

/* A whole text, without looking for a mark; in `arena`, or `text` itself. False when it is no text
 * in that encoding. */
bool contract_charset_decode(enum contract_charset charset, struct bytes text, struct arena *arena,
                             struct bytes *ret);

#endif
