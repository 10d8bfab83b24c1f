/* Who a lead is, as people speak of it: the person and the company, out of its attributes. Meshes
 * name their fields themselves; these are the names that the pages look for too. */
#include "store/print.h"

#include "base/json.h"

#include <stdio.h>

/* The end of the blanks that `text` begins with. */
static size_t blank_size(struct bytes text)
{
    size_t size = 0;
    while (size < text.size && strchr(" \t\r\n", text.data[size]) != NULL)
        size++;
    return size;
}

/* The first of these attributes that says something; no longer than a name is. */
static struct bytes first_of(struct json_object *attributes, const char *const *names)
{
    for (; *names != NULL; names++) {
        struct bytes text = json_member_text(attributes, *names);
        size_t blank = blank_size(text);
        if (blank < text.size)
            return store_text_cut((struct bytes){text.data + blank, text.size - blank});
    }
    return (struct bytes){0};
}

void store_print_person(struct bytes attributes, struct json_writer *json)
{
    static const char *const firsts[] = {"first_name", "given_name", NULL};
    static const char *const lasts[] = {"last_name", "family_name", NULL};
    static const char *const wholes[] = {"name", "full_name", "email", "phone", NULL};
    static const char *const companies[] = {"company", "organization", "domain", NULL};
    static const char *const others[] = {"external_id", NULL};
    JSON_AUTO *object = NULL;
    char both[2 * STORE_TEXT_CUT + 2];
    if (attributes.size == 0 || json_parse(attributes, &object, NULL) != 0)
        return;
    struct bytes first = first_of(object, firsts), last = first_of(object, lasts);
    struct bytes company = first_of(object, companies), name = first_of(object, wholes);
    if (first.size + last.size > 0) {
        const char *gap = first.size > 0 && last.size > 0 ? " " : "";
        snprintf(both, sizeof both, "%.*s%s%.*s", BYTES_ARG(first), gap, BYTES_ARG(last));
        name = bytes_of(both);
    } else if (name.size == 0 && company.size == 0) {
        name = first_of(object, others);
    }
    if (!bytes_equal(name, company))
        json_member_if(json, "name", name);
    json_member_if(json, "company", company);
}
