#include "index/track/url.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "deliver/base/ascii.hpp"
#include "deliver/base/hex.hpp"
#include "deliver/base/text.hpp"
#include "index/trace/idna.hpp"
#include "index/trace/ip_address.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kMaxHostOctets = 2'000;  // a name has 253, which may be written as escapes of each

bool is_slash(char c) noexcept { return c == '/' || c == '\\'; }

bool is_blank(char c) noexcept { return static_cast<unsigned char>(c) <= ' '; }

/// Without the blanks and controls around it, and without tabs and line breaks in it.
std::string stripped(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::string kept;
  for (const char c : text) {
    if (c != '\t' && c != '\n' && c != '\r') kept += c;
  }
  return kept;
}

/// Takes `scheme:` off the front, if one stands there.
std::optional<std::string> take_scheme(std::string_view& rest) {
  if (rest.empty() || !base::is_letter(rest.front())) return std::nullopt;
  const auto is_in_scheme = [](char c) {
    return base::is_alphanumeric(c) || c == '+' || c == '-' || c == '.';
  };
  const auto end =
      static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_in_scheme) - rest.begin());
  if (end == rest.size() || rest[end] != ':') return std::nullopt;
  auto scheme = base::to_lower(rest.substr(0, end));
  rest.remove_prefix(end + 1);
  return scheme;
}

/// A part of an IPv4 address: decimal, `0` octal, `0x` hexadecimal. nullopt for what is no number; what is
/// too large for any address is UINT64_MAX.
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
  int radix = 10;
  if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    text.remove_prefix(2);
    radix = 16;
  } else if (text.size() >= 2 && text[0] == '0') {
    text.remove_prefix(1);
    radix = 8;
  } else if (text.empty()) {
    return std::nullopt;
  }
  if (text.empty()) return 0;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  if (end != text.data() + text.size()) return std::nullopt;
  return error == std::errc{} ? value : UINT64_MAX;
}

/// 1 to 4 numbers, the last one filling what is left of the 4 octets; nullopt for all else.
std::optional<std::string> dotted_ipv4(std::string_view host) {
  std::vector<std::uint64_t> parts;
  for (auto rest = host; parts.size() < 4;) {
    const auto dot = rest.find('.');
    const auto number = ipv4_number(rest.substr(0, dot));
    if (!number) return std::nullopt;
    parts.push_back(*number);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
    if (parts.size() == 4) return std::nullopt;
  }
  const auto last = parts.back();
  if (last >= std::uint64_t{1} << (8 * (5 - parts.size()))) return std::nullopt;
  std::uint64_t address = last;
  for (std::size_t at = 0; at + 1 < parts.size(); ++at) {
    if (parts[at] > 255) return std::nullopt;
    address |= parts[at] << (8 * (3 - at));
  }
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (shift < 24) text += '.';
    text += std::to_string(address >> shift & 0xff);
  }
  return text;
}

/// Those that no host may have, not even as escapes: they would end it, or be another part.
bool holds_forbidden_signs(std::string_view host) {
  constexpr std::string_view kForbidden = "#/:<>?@[\\]^|%";
  return std::any_of(host.begin(), host.end(), [&](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ||
           kForbidden.find(c) != std::string_view::npos;
  });
}

std::string normal_host(std::string_view written) {
  if (written.starts_with('[') && written.ends_with(']')) {
    const auto inside = written.substr(1, written.size() - 2);
    const auto address = inside.find(':') != std::string_view::npos ? parse_ip_address(inside) : std::nullopt;
    auto text = address ? to_text(*address) : base::to_lower(base::to_valid_utf8(inside));
    if (address && text.find(':') == std::string::npos) text = "::ffff:" + text;
    return "[" + text + "]";
  }
  auto host = base::to_lower(base::to_valid_utf8(undo_percent(written.substr(0, kMaxHostOctets))));
  if (holds_forbidden_signs(host))
    return base::to_lower(base::to_valid_utf8(written.substr(0, kMaxHostOctets)));
  // Those of other letters may stand for such a sign.
  if (auto labels = to_a_labels(host); !holds_forbidden_signs(labels)) host = std::move(labels);
  while (host.size() > 1 && host.ends_with('.')) host.pop_back();
  return dotted_ipv4(host).value_or(host);
}

std::uint16_t usual_port(std::string_view scheme) noexcept { return scheme == "http" ? 80 : 443; }

void take_port(std::string_view digits, Url& url) {
  if (digits.empty()) return;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  url.has_wrong_port = error != std::errc{} || end != digits.data() + digits.size();
  if (!url.has_wrong_port && port != usual_port(url.scheme)) url.port = port;
}

///     authority = [ user-part "@" ] host [ ":" port ]
///
/// The last `@` counts. @return Whether there is a host.
bool take_authority(std::string_view& rest, Url& url) {
  const auto end = std::min(rest.find_first_of("/\\?#"), rest.size());
  auto authority = rest.substr(0, end);
  rest.remove_prefix(end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_part = base::to_valid_utf8(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const auto colon = bracket == std::string_view::npos ? bracket : authority.find(':', bracket);
  if (colon != std::string_view::npos) take_port(authority.substr(colon + 1), url);
  url.host = normal_host(authority.substr(0, colon));
  return !url.host.empty();
}

enum class DotSegment { none, here, up };

DotSegment dot_segment(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && (segment[2] | 0x20) == 'e') {
      segment.remove_prefix(3);
    } else {
      return DotSegment::none;
    }
    if (++dots > 2) return DotSegment::none;
  }
  return dots == 0 ? DotSegment::none : dots == 1 ? DotSegment::here : DotSegment::up;
}

/// Appends the segments of `text` to a path that ends in none or `/`, the dots resolved.
void append_segments(std::string& path, std::string_view text) {
  while (true) {
    const auto end = std::find_if(text.begin(), text.end(), is_slash) - text.begin();
    const auto segment = text.substr(0, static_cast<std::size_t>(end));
    const bool is_last = segment.size() == text.size();
    const auto dots = dot_segment(segment);
    if (dots == DotSegment::up && path.size() > 1) {
      path.pop_back();
      path.erase(path.rfind('/') + 1);
    } else if (dots == DotSegment::none) {
      path += segment;
      if (!is_last) path += '/';
    }
    if (is_last) return;
    text.remove_prefix(segment.size() + 1);
  }
}

void take_path(std::string_view rest, std::string path, Url& url) {
  const auto hash = rest.find('#');
  if (hash != std::string_view::npos) url.fragment = base::to_valid_utf8(rest.substr(hash + 1));
  rest = rest.substr(0, hash);
  const auto question = rest.find('?');
  if (question != std::string_view::npos) url.query = base::to_valid_utf8(rest.substr(question + 1));
  append_segments(path, rest.substr(0, question));
  url.path = base::to_valid_utf8(path);
}

std::optional<Url> absolute(std::string_view rest, Url url) {
  while (!rest.empty() && is_slash(rest.front())) rest.remove_prefix(1);
  if (!take_authority(rest, url)) return std::nullopt;
  if (!rest.empty() && is_slash(rest.front())) rest.remove_prefix(1);
  take_path(rest, "/", url);
  return url;
}

std::optional<Url> relative(std::string_view rest, const Url& base) {
  if (rest.empty() || rest.front() == '#') return std::nullopt;
  Url url;
  url.scheme = base.scheme;
  url.user_part = base.user_part;
  url.host = base.host;
  url.port = base.port;
  url.has_wrong_port = base.has_wrong_port;
  if (is_slash(rest.front())) {
    take_path(rest.substr(1), "/", url);
  } else if (rest.front() == '?') {
    take_path(rest, "/", url);
    url.path = base.path;
  } else {
    take_path(rest, base.path.substr(0, base.path.rfind('/') + 1), url);
  }
  return url;
}

std::optional<Url> parsed(std::string_view text, const Url* base) {
  const auto kept = stripped(text);
  std::string_view rest{kept};
  Url url;
  if (const auto scheme = take_scheme(rest)) {
    if (*scheme != "http" && *scheme != "https") return std::nullopt;
    // `https:file` is of the base, if that is https.
    const bool is_bare = rest.empty() || !is_slash(rest.front());
    if (base != nullptr && is_bare && base->scheme == *scheme) return relative(rest, *base);
    url.scheme = *scheme;
    return absolute(rest, std::move(url));
  }
  if (rest.size() >= 2 && is_slash(rest[0]) && is_slash(rest[1])) {
    url.scheme = "https";
    return absolute(rest, std::move(url));
  }
  return base != nullptr ? relative(rest, *base) : std::nullopt;
}

}  // namespace

std::optional<Url> parse_whole_url(std::string_view text) { return parsed(text, nullptr); }

std::optional<Url> parse_url(std::string_view text, const Url* base) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return parsed(text.substr(0, kMaxUrlOctets), base);
}

bool has_possible_host(const Url& url) {
  if (url.has_wrong_port) return false;
  const std::string_view host{url.host};
  if (!host.starts_with('[')) {
    // What is no ASCII yet has no form that a resolver knows, and what ends in a number is an IPv4 address.
    if (!base::is_ascii(host) || holds_forbidden_signs(host)) return false;
    return !ipv4_number(host.substr(host.rfind('.') + 1)) || dotted_ipv4(host) == host;
  }
  return host.ends_with(']') && parse_ip_address(host.substr(1, host.size() - 2)).has_value();
}

std::string path_and_query(const Url& url) {
  auto text = url.path;
  if (url.query) text.append("?").append(*url.query);
  return text;
}

std::string comparison_key(const Url& url) {
  std::string key;
  if (!url.user_part.empty()) key.append(url.user_part).append("@");
  key += url.host;
  if (url.port) key.append(":").append(std::to_string(*url.port));
  key += path_and_query(url);
  return key;
}

std::string to_text(const Url& url) {
  auto text = url.scheme + "://" + comparison_key(url);
  if (url.fragment) text.append("#").append(*url.fragment);
  return text;
}

std::string undo_percent(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      if (const auto octet = base::from_hex(text.substr(at + 1, 2))) {
        plain += *octet;
        at += 2;
        continue;
      }
    }
    plain += text[at];
  }
  return plain;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (base::equal_ignoring_case(parameter.substr(0, equals), name))
      return undo_percent(parameter.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace mailspoor::index
