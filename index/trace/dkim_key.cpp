#include "index/trace/dkim_key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "deliver/base/unique_fd.hpp"
#include "index/error.hpp"
#include "index/message/date_time.hpp"
#include "index/trace/tag_list.hpp"

namespace mailspoor::index {
namespace {

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The words of a `key=a:b` tag; empty if there is no such tag.
std::vector<std::string> words(const TagList& tags, std::string_view name) {
  const auto* tag = tags.find(name);
  return tag != nullptr ? colon_separated(tag->value) : std::vector<std::string>{};
}

bool has_shape(std::string_view text, std::string_view shape) {
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                    [](char c, char wanted) { return wanted == '0' ? base::is_digit(c) : c == wanted; });
}

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

bool is_date(std::string_view text) {
  if (!has_shape(text, "0000-00-00") && !has_shape(text, "0000-00-00T00:00:00Z")) return false;
  if (!days_from_civil(number(text.substr(0, 4)), number(text.substr(5, 2)), number(text.substr(8, 2))))
    return false;
  return text.size() == 10 || (number(text.substr(11, 2)) < 24 && number(text.substr(14, 2)) < 60 &&
                               number(text.substr(17, 2)) < 61);
}

/// Takes a word and the blanks behind it off the front.
std::string_view take_word(std::string_view& rest) {
  const auto end = std::min(rest.find_first_of(" \t"), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t", end), rest.size()));
  return word;
}

/// `"v=DKIM1; p=AB" "CD"`: the strings of a TXT record, joined without blanks (RFC 6376 §3.6.2.2).
std::string joined_strings(std::string_view text) {
  if (text.empty() || text.front() != '"') return std::string{text};
  std::string joined;
  bool is_inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      is_inside = !is_inside;
    } else if (is_inside) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      joined += text[at];
    }
  }
  return joined;
}

}  // namespace

DkimKeyRecord parse_dkim_key_record(std::string_view text) {
  DkimKeyRecord record;
  const TagList tags{text};
  const auto defect = [&](const char* what) { record.defects.emplace_back(what); };
  if (!tags.is_well_formed()) defect("its tags are malformed");
  if (tags.find("v") != nullptr && (tags.tags().front().name != "v" || tags.tags().front().value != "DKIM1"))
    defect("its version is not DKIM1");
  const auto type = base::to_lower(tags.text("k").value_or("rsa"));
  record.type = type == "ed25519" ? KeyType::ed25519 : KeyType::rsa;
  if (type != "rsa" && type != "ed25519") defect("its type (k=) is not known");
  record.hash_algorithms = words(tags, "h");
  const auto services = words(tags, "s");
  if (!services.empty() && !holds(services, "*") && !holds(services, "email"))
    defect("it is not for mail (s=)");
  const auto flags = words(tags, "t");
  record.is_testing = holds(flags, "y");
  record.is_strict = holds(flags, "s");
  const auto* key = tags.find("p");
  if (key == nullptr) {
    defect("it holds no key (p=)");
    return record;
  }
  const auto octets = decode_base64(key->value);
  if (!octets) defect("its key (p=) is no base64");
  record.octets = octets.value_or("");
  record.is_revoked = octets && octets->empty();
  return record;
}

DkimKeys DkimKeys::parse(std::string_view text, const std::string& source) {
  DkimKeys keys;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    auto rest = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!rest.empty() && (rest.back() == '\r' || rest.back() == ' ' || rest.back() == '\t'))
      rest.remove_suffix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.empty() || rest.front() == '#' || rest.front() == ';') continue;

    const auto where = fmt::format("{}:{}", source, line);
    auto name = base::to_lower(take_word(rest));
    if (name.back() == '.') name.pop_back();
    const auto label = name.find("._domainkey.");
    if (label == std::string::npos || label == 0) {
      throw QueryError{fmt::format("{}: `{}` is no name of a DKIM key, SELECTOR._domainkey.DOMAIN", where,
                                   base::printable(name))};
    }
    DkimKey key{{}, where, std::nullopt};
    auto behind = rest;
    const auto date = take_word(behind);
    if (date == "-") {
      rest = behind;
    } else if (!date.empty() && date.find('-') == 4) {
      if (!is_date(date))
        throw QueryError{
            fmt::format("{}: `{}` is no date like 2024-03-05T10:00:02Z", where, base::printable(date))};
      key.date = date;
      rest = behind;
    }
    for (behind = rest;; rest = behind) {
      const auto word = take_word(behind);
      if (!parse_number(word) && !base::equal_ignoring_case(word, "IN") &&
          !base::equal_ignoring_case(word, "TXT"))
        break;
    }
    key.record = joined_strings(rest);
    if (rest.empty()) throw QueryError{fmt::format("{}: there is no key record", where)};
    keys.keys_.emplace(std::move(name), std::move(key));
  }
  return keys;
}

DkimKeys DkimKeys::read(const std::string& path) {
  const auto fail = [&] { throw DatabaseError{"cannot read " + path + ": " + std::strerror(errno)}; };
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  if (!fd) fail();
  std::string text;
  std::array<char, std::size_t{64} * 1024> block;
  while (true) {
    const auto got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail();
    if (got == 0) return parse(text, path);
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

std::vector<const DkimKey*> DkimKeys::find(std::string_view selector, std::string_view domain) const {
  const auto [begin, end] =
      keys_.equal_range(base::to_lower(fmt::format("{}._domainkey.{}", selector, domain)));
  std::vector<const DkimKey*> found;
  for (auto at = begin; at != end; ++at) found.push_back(&at->second);
  return found;
}

}  // namespace mailspoor::index
