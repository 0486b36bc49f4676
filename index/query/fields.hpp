#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mailspoor::index {

/// How the value of a field is read, and what it is compared with.
enum class FieldType {
  text,         ///< Words and phrases in columns of the full-text index.
  file_name,    ///< The same in names of attachments; with `*` or `?` in it, a glob over the whole name.
  media_type,   ///< `type/subtype` with globs, or one of the two.
  domain,       ///< The domain of any address, or one below it.
  local_part,   ///< The local part of any address.
  envelope,     ///< Return-Path or a delivery's sender: an address or domain; `<>` is the empty one.
  rcpt,         ///< Recipient of a Received field or a delivery: an address or domain.
  part,         ///< A part of a text in table message.
  host,         ///< A server that any hop names, or one below it.
  helo,         ///< The same of the names that peers announced.
  protocol,     ///< The `with` clause of a hop; a glob.
  tls,          ///< The TLS version of a hop, or `any`.
  port,         ///< A port of a hop: see ports.hpp.
  login,        ///< The authenticated user of a hop, or one side of its `@`.
  software,     ///< What wrote a hop; a glob.
  delay,        ///< The time that the longest hop took: `1h..`
  ip,           ///< A peer address of any hop, or a CIDR.
  origin,       ///< The address of the origin, or a CIDR.
  trust,        ///< What the origin rests on: see OriginTrust.
  kind,         ///< What the origin is: see OriginKind.
  country,      ///< The country of the origin: two letters.
  via_country,  ///< The same of a peer address of any hop.
  asn,          ///< The autonomous system of the origin: `64500` or `AS64500`.
  city,         ///< The city of the origin.
  result,       ///< What a server of ours says of an authentication method, or `any`.
  finding,      ///< A finding by its code; a glob.
  zone,         ///< The Date field's offset from UTC: `+0530`.
  message_id,   ///< The whole Message-ID.
  id,           ///< A prefix of the message's id.
  date,         ///< The Date field: a day, month, year or range.
  arrived,      ///< The same of when a server took the message in.
  after,        ///< `date:VALUE..`
  before,       ///< The Date field before VALUE begins.
  newer,        ///< The Date field at most so long ago: `7d`.
  older,        ///< Longer ago than that.
  size,         ///< Octets: a number with k, M, G, or a range.
  larger,       ///< `size:VALUE..`
  smaller,      ///< `size:..VALUE`
  mailbox,      ///< A mailbox by its name; `*` and `**` in it.
  account,      ///< An account by its name.
  flag,         ///< An IMAP flag, its backslash left out.
  is,           ///< A state: unread, flagged, here …
  has,          ///< Something that a message has: attachment, defect …
  thread,       ///< In one conversation with what `{query}` finds.
  pixel,        ///< The host of a tracking pixel, or one below it.
  tracker,      ///< A part of the name of a pixel's or tracked link's vendor.
  link,         ///< The host of a link, or one below it.
  target,       ///< The same of where a tracked link leads.
  leak,         ///< How a URL holds an address of the recipient, or `any`.
};

/// One field of the query language. The table drives parser, compiler, help, completion and manual.
struct Field {
  std::string_view name;
  std::string_view aliases;  ///< A blank between them.
  FieldType type;
  std::string_view columns;  ///< Of text and file_name: columns of document_words, a blank between them. Of
                             ///< part: SQL of the text.
  std::string_view pattern;  ///< Where `field:/regex/` looks: SQL with `{}` for the pattern; empty: nowhere.
  std::string_view description;
  std::string_view example;
};

std::span<const Field> fields();

/// The field of that name or alias, without regard to case; nullptr if there is none.
const Field* find_field(std::string_view name);

/// The known name that is spelled most like this one; empty if none is near.
std::string_view nearest_field(std::string_view name);

/// The candidate that is spelled most like `word`; empty if none is near.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

/// What `is:` and `has:` take, in the order of the help.
std::span<const std::string_view> states();
std::span<const std::string_view> possessions();
/// What fields of type `result` and `leak` take.
std::span<const std::string_view> results();
std::span<const std::string_view> encodings();

/// How many single-character changes make one word of the other.
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace mailspoor::index
