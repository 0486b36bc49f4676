#include "deliver/folder_identity.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "deliver/base/json_writer.hpp"
#include "deliver/base/sha256.hpp"
#include "deliver/base/text.hpp"
#include "deliver/directory.hpp"
#include "deliver/error.hpp"

namespace mailspoor::deliver {
namespace {

using nlohmann::json;

constexpr std::string_view kFile = "mailspoor.json";
constexpr std::string_view kPop3 = "pop3";
constexpr std::uint32_t kSchema = 1;
constexpr std::size_t kMaxOctets = 1U << 20U;  // ours are below 1 KiB

/// A JSON string holds UTF-8 only, and these octets are the server's: any others go in hexadecimal under
/// `<name>_hex`.
void write_octets(base::JsonWriter& out, const std::string& name, std::string_view octets) {
  if (base::is_utf8(octets)) {
    out.member(name, octets);
  } else {
    out.member(name + "_hex", base::to_hex(octets));
  }
}

std::optional<std::string> text_member(const json& object, const std::string& name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::string> octets_member(const json& object, const std::string& name) {
  if (auto text = text_member(object, name)) return text;
  const auto digits = text_member(object, name + "_hex");
  return digits ? base::from_hex(*digits) : std::nullopt;
}

std::optional<std::uint32_t> number_member(const json& object, const std::string& name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto number = found->get<std::uint64_t>();
  if (number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

}  // namespace

std::vector<std::string> levels_of(const FolderIdentity& identity) {
  std::vector<std::string> levels{""};
  for (const char c : identity.mailbox_raw) {
    if (c == identity.delimiter) {
      levels.emplace_back();
    } else {
      levels.back() += c;
    }
  }
  return levels;
}

// mailspoor.json: one object on one line, replaced as a whole by rename().
//
//     {"schema": 1, "account": "work", "mailbox": "Archive/2024", "mailbox_raw": "Archive.2024", "delimiter":
//     ".",
//      "uid_validity": 1700000000, "object_id": null, "special_use": "\\Archive"}
//
// mailbox_raw and delimiter are the server's octets; those that are no UTF-8 stand in hexadecimal as
// mailbox_raw_hex and delimiter_hex instead. Members that a later version added are not kept when the file is
// written again. A POP3 maildrop has `,"protocol": "pop3"` at the end.
std::string to_json(const FolderIdentity& identity) {
  base::JsonWriter out;
  out.begin_object()
      .member("schema", kSchema)
      .member("account", identity.account)
      .member("mailbox", identity.mailbox);
  write_octets(out, "mailbox_raw", identity.mailbox_raw);
  if (identity.delimiter) {
    write_octets(out, "delimiter", std::string_view{&*identity.delimiter, 1});
  } else {
    out.key("delimiter").null();
  }
  out.member("uid_validity", identity.uid_validity).member("object_id", identity.object_id);
  out.member("special_use", identity.special_use);
  if (identity.is_maildrop) out.member("protocol", kPop3);
  out.end_object();
  return out.take() + '\n';
}

std::optional<FolderIdentity> parse_folder_identity(std::string_view text) {
  const auto object = json::parse(text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto schema = number_member(object, "schema");
  const auto account = text_member(object, "account");
  const auto mailbox = text_member(object, "mailbox");
  const auto mailbox_raw = octets_member(object, "mailbox_raw");
  const auto uid_validity = number_member(object, "uid_validity");
  if (schema && *schema > kSchema) {
    throw Error{fmt::format("schema {} is newer than this program, which knows {}", *schema, kSchema)};
  }
  if (!schema || !account || !mailbox || !mailbox_raw || !uid_validity) return std::nullopt;
  const auto delimiter = octets_member(object, "delimiter");
  return FolderIdentity{
      .account = *account,
      .mailbox = *mailbox,
      .mailbox_raw = *mailbox_raw,
      .delimiter = delimiter && delimiter->size() == 1 ? std::optional{delimiter->front()} : std::nullopt,
      .uid_validity = *uid_validity,
      .object_id = text_member(object, "object_id"),
      .special_use = text_member(object, "special_use"),
      .is_maildrop = text_member(object, "protocol") == kPop3};
}

std::optional<FolderIdentity> read_folder_identity(const Directory& folder) {
  const auto file = folder.find_file(kFile);
  if (!file) return std::nullopt;
  const auto path = folder.path_of(kFile);
  const auto text = read_at(file->get(), 0, kMaxOctets, path);
  try {
    return parse_folder_identity(text);
  } catch (const Error& error) {
    throw Error{fmt::format("cannot read {}: {}", path, error.what())};
  }
}

bool has_folder_identity(const Directory& folder) { return folder.find_file(kFile).has_value(); }

void write_folder_identity(const Directory& folder, const FolderIdentity& identity) {
  folder.replace_file(std::string{kFile}, to_json(identity), Directory::Durability::synced);
}

}  // namespace mailspoor::deliver
