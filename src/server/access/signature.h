/* Signatures of requests: Standard Webhooks 1.0 and what vendors of forms and advertisements use
 * instead. One table says where a kind's signature stands, what is signed and how it is written.
 *
 * Pure: no clock, no I/O, no globals; "now" is given. Compares in constant time. */
#ifndef ML_SERVER_SIGNATURE_H
#define ML_SERVER_SIGNATURE_H

#include "base/bytes.h"
#include "base/error.h"

#include <stdint.h>

/* What a key of a source is. */
enum key_kind {
    KEY_BEARER,     /* a token that the sender carries; no signature */
    KEY_SIGNATURE,  /* Standard Webhooks 1.0 */
    KEY_TYPEFORM,   /* from here on the vendors' own */
    KEY_HUBSPOT,    /* Signature v3 */
    KEY_META,       /* of Facebook and Instagram */
    KEY_GOOGLE_ADS, /* not signed: the secret stands in the body */
    KEY_LINKEDIN,
    KEY_WEBFLOW,
    KEY_SALESFORCE, /* Web-to-Lead: the id of the organisation stands in the form, for all to see */
    KEY_KINDS,
};

enum {
    SIGNATURE_SECRET_MAX = 255,                    /* bytes */
    SIGNATURE_TOLERANCE_US = 5 * 60 * 1000 * 1000, /* of a timestamp, both ways */
    SIGNATURE_HANDSHAKE_SIZE = 65,                 /* with the NUL */
};

enum signature_encoding { SIGNATURE_HEX, SIGNATURE_BASE64 };

struct signature_scheme {
    const char *name;      /* "typeform" */
    const char *title;     /* "Typeform" */
    const char *signature; /* the header that it stands in, or NULL: see `member` */
    const char *timestamp; /* header; NULL: none is signed */
    const char *id;        /* header; NULL: none is signed */
    /* The member of the body that is the secret itself: of a JSON object, or a form's field. */
    const char *member;
    const char *prefix; /* before the signature: "sha256=" */
    /* What is signed: text in which {id}, {timestamp}, {url} and {body} stand for those. */
    const char *text;
    const char *secret; /* which secret it is, and where it stands at the vendor's; for people */
    int64_t timestamp_unit_us;
    enum signature_encoding encoding;
    bool prefix_optional; /* a sender may leave it out */
    bool form;            /* `member` is a form's field */
    bool needs_url;       /* the address is signed as the sender has it */
    bool made_here;       /* the secret may be chosen by the receiver */
};

/* NULL for KEY_BEARER. Static storage. */
const struct signature_scheme *signature_scheme_of(enum key_kind kind);
/* "bearer", "typeform", …; static storage. */
const char *key_kind_name(enum key_kind kind);
/* KEY_KINDS when there is none of that name. */
enum key_kind key_kind_parse(struct bytes name);

/* What a request brought; empty where it brought nothing. */
struct signature_parts {
    struct bytes signature; /* the header's value; of a scheme with `member`: the member's */
    struct bytes timestamp;
    struct bytes id;
    struct bytes url;
    struct bytes body; /* as it was signed: every byte, not decoded */
};

/* 0: the request was signed with `secret`. ML_ENOTFOUND: a header or member is not there;
 * ML_EDENIED: the signature is another one, or too old or new. `err->place` names the header or
 * member; the sentence is for the sender's engineer and tells nothing of the secret. */
int signature_verify(enum key_kind kind, struct bytes secret, const struct signature_parts *parts,
                     int64_t now_us, struct error *err);

/* Whether `secret` can be one of that kind; ML_EINVAL says what it must look like. */
int signature_secret_check(enum key_kind kind, struct bytes secret, struct error *err);

/* The answer to LinkedIn's challenge, lower-case hex. False when `challenge` is no UUID: an answer
 * to any text would sign whatever a stranger likes. */
bool signature_linkedin_response(struct bytes secret, struct bytes challenge,
                                 char ret[static SIGNATURE_HANDSHAKE_SIZE]);

/* Whether both are the same text, in a time that does not tell where they differ. */
bool signature_same(struct bytes a, struct bytes b);

#endif
