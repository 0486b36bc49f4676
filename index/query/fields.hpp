#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mailspoor::index {

enum class FieldType {
  text,        ///< Words and phrases in columns of the full-text index.
  message_id,  ///< The whole Message-ID.
  id,          ///< A prefix of the message's id.
  date,        ///< The Date field: a day, month, year or range.
  size,        ///< Octets: a number with k, M, G, or a range.
  mailbox,     ///< A mailbox by its name, `*` and `**` in it.
  account,
  flag,  ///< An IMAP flag, its backslash left out.
  is,    ///< unread, read, flagged, answered, draft.
  has,   ///< attachment, defect.
  ip,    ///< A peer address of any hop, or a CIDR.
};

/// One field of the query language. The table drives parser, compiler and help.
struct Field {
  std::string_view name;
  std::string_view aliases;  ///< A blank between them.
  FieldType type;
  std::string_view columns;  ///< Of FieldType::text: columns of document_words, a blank between them.
  std::string_view description;
  std::string_view example;
};

std::span<const Field> fields();

/// The field of that name or alias, without regard to case; nullptr if there is none.
const Field* find_field(std::string_view name);

/// The known name that is spelled most like this one; empty if none is near.
std::string_view nearest_field(std::string_view name);

/// How many single-character changes make one word of the other.
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace mailspoor::index
