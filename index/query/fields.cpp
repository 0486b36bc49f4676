#include "index/query/fields.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

constexpr std::array kFields{
    Field{"from", "", FieldType::text, "author", "author: name or address", "from:alice@example.org"},
    Field{"to", "", FieldType::text, "recipient", "recipient in To", "to:bob"},
    Field{"cc", "", FieldType::text, "cc", "recipient in Cc", "cc:carol"},
    Field{"bcc", "", FieldType::text, "bcc", "recipient in Bcc", "bcc:dave"},
    Field{"sender", "", FieldType::text, "sender", "the Sender field", "sender:list"},
    Field{"replyto", "reply-to", FieldType::text, "reply_to", "the Reply-To field", "replyto:noreply"},
    Field{"recip", "rcpt", FieldType::text, "recipient cc bcc", "any recipient", "recip:bob"},
    Field{"contact", "", FieldType::text, "author sender recipient cc bcc reply_to", "any address field",
          "contact:example.org"},
    Field{"subject", "", FieldType::text, "subject", "the Subject field", "subject:\"final reminder\""},
    Field{"body", "", FieldType::text, "body", "text of the message", "body:invoice"},
    Field{"attachment", "filename file", FieldType::text, "attachment", "name of an attached file",
          "attachment:pdf"},
    Field{"msgid", "rfc822msgid message-id", FieldType::message_id, "", "the whole Message-ID",
          "msgid:x@example.org"},
    Field{"id", "", FieldType::id, "", "Mailspoor's id or its first digits", "id:3fa9c1"},
    Field{"date", "", FieldType::date, "", "the Date field: day, month, year or range",
          "date:2024-01..2024-03"},
    Field{"size", "", FieldType::size, "", "size in octets, or a range", "size:1M.."},
    Field{"mailbox", "in folder", FieldType::mailbox, "", "mailbox, with * for any part",
          "mailbox:Archive/**"},
    Field{"account", "", FieldType::account, "", "account", "account:work"},
    Field{"flag", "", FieldType::flag, "", "IMAP flag without its backslash", "flag:flagged"},
    Field{"is", "tag", FieldType::is, "", "unread, read, flagged, answered, draft", "is:unread"},
    Field{"has", "", FieldType::has, "", "attachment, defect", "has:attachment"},
    Field{"ip", "", FieldType::ip, "", "peer address of any hop: address or CIDR", "ip:192.0.2.0/24"},
};

template <typename Visit>
void for_each_word(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    visit(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

}  // namespace

std::span<const Field> fields() { return kFields; }

const Field* find_field(std::string_view name) {
  for (const auto& field : kFields) {
    if (base::equal_ignoring_case(name, field.name)) return &field;
    bool is_alias = false;
    for_each_word(field.aliases,
                  [&](std::string_view alias) { is_alias |= base::equal_ignoring_case(name, alias); });
    if (is_alias) return &field;
  }
  return nullptr;
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (left[i] == right[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string_view nearest_field(std::string_view name) {
  if (name.size() > 40) return {};
  const auto lower = base::to_lower(name);
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, name.size() / 2) + 1;
  const auto consider = [&](std::string_view known) {
    const auto distance = edit_distance(lower, known);
    if (distance < least) {
      least = distance;
      nearest = known;
    }
  };
  for (const auto& field : kFields) {
    consider(field.name);
    for_each_word(field.aliases, consider);
  }
  return nearest;
}

}  // namespace mailspoor::index
