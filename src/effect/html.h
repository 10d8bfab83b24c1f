/* Text as HTML. */
#ifndef ML_EFFECT_HTML_H
#define ML_EFFECT_HTML_H

#include "base/buffer.h"

/* Escaped for an element's content or an attribute in double quotes. */
void html_escape(struct bytes text, struct buffer *out);

#endif
