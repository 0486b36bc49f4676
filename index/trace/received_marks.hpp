#pragma once

#include <string_view>

namespace mailspoor::index {

/// Which name of a `from` clause the client announced, and which the server observed.
enum class FromReading {
  announced_first,  ///< `from H (R [I])`: as RFC 5321 §4.4 has it. H announced, what is in the comment
                    ///< observed.
  looked_up_first,  ///< `from R (HELO H) (I)`: the other way round.
  equal_if_alone,   ///< The same, and without an announced name `from R (I)` means that H is R: Exim, qmail.
  looked_up_only,   ///< `from R [I]`: a web mailer, whose client announces nothing.
};

/// By what a format is known.
struct FormatMark {
  enum class Place {
    comment,        ///< A comment outside the `from` clause begins so.
    whole_comment,  ///< Such a comment is nothing else.
    comment_part,   ///< Such a comment holds it.
    first_word,     ///< The first of several words in a comment of the `from` clause.
    later_word,     ///< Another word of such a comment begins so. The first may be a name that a peer chose.
    with,           ///< The `with` clause begins so.
    via,            ///< The `via` clause begins so.
    by,             ///< The host of the `by` clause ends so.
  };
  Place place;
  std::string_view text;
  std::string_view software;
  FromReading reading = FromReading::announced_first;
  /// An address in the place of the announced name is the peer's: this software announces none there.
  bool has_peer_outside = false;
};

/// The first mark of that place that `text` carries, without regard to case; nullptr if it has none.
/// @param text  Words with single blanks between them.
const FormatMark* find_mark(FormatMark::Place place, std::string_view text);

}  // namespace mailspoor::index
