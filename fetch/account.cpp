#include "fetch/account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "deliver/base/ascii.hpp"
#include "deliver/base/hex.hpp"
#include "deliver/base/text.hpp"
#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

using base::is_alphanumeric;

struct Scheme {
  std::string_view name;
  Protocol protocol;
  Tls tls;
  std::uint16_t port;
};
constexpr std::array<Scheme, 4> kSchemes{{{"imaps", Protocol::imap, Tls::implicit, 993},
                                          {"imap", Protocol::imap, Tls::starttls, 143},
                                          {"pop3s", Protocol::pop3, Tls::implicit, 995},
                                          {"pop3", Protocol::pop3, Tls::starttls, 110}}};

bool is_host_character(char c) noexcept { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; }

bool is_ipv6_character(char c) noexcept { return base::hex_value(c) >= 0 || c == ':' || c == '.'; }

bool is_account_character(char c) noexcept {
  return is_alphanumeric(c) || std::string_view{".@+_-"}.find(c) != std::string_view::npos;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto octet = i + 2 < text.size() ? base::from_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (!octet)
      throw SettingError{"the user name in the URL has a % that two hexadecimal digits do not follow"};
    decoded += *octet;
    i += 2;
  }
  return decoded;
}

/// The texts here never show the part before '@': people do put passwords there.
std::string user_of(std::string_view userinfo) {
  if (userinfo.find(':') != std::string_view::npos) {
    throw SettingError{
        "the URL holds a password (what follows ':' before '@'): give it by --password-file or "
        "--password-command; a ':' that is part of the user name is written %3A"};
  }
  if (userinfo.find('@') != std::string_view::npos) {
    throw SettingError{"the URL has several '@': write the one in the user name as %40"};
  }
  std::string user = percent_decoded(userinfo);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(user.begin(), user.end(), is_control) || !base::is_utf8(user)) {
    throw SettingError{"the user name in the URL has control characters or is not UTF-8"};
  }
  return user;
}

std::uint16_t port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
    throw SettingError{fmt::format("'{}' in the URL is no port (1 to 65535)", base::printable(digits))};
  }
  return port;
}

/// Takes the host off the front of `rest`, without the brackets of an IPv6 address.
std::string take_host(std::string_view& rest) {
  const bool is_ipv6 = rest.starts_with('[');
  const auto end = is_ipv6 ? rest.find(']') : rest.find(':');
  if (is_ipv6 && end == std::string_view::npos) throw SettingError{"the URL has a '[' without ']'"};
  const std::string_view host = is_ipv6 ? rest.substr(1, end - 1) : rest.substr(0, end);
  if (host.empty()) throw SettingError{"the URL names no host"};
  if (!std::all_of(host.begin(), host.end(), is_ipv6 ? is_ipv6_character : is_host_character) ||
      host.starts_with('-')) {
    throw SettingError{
        fmt::format("'{}' in the URL is no host name (write an international one in its xn-- form)",
                    base::printable(host))};
  }
  std::string owned{host};
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(is_ipv6 ? end + 1 : end);
  return owned;
}

}  // namespace

///     url = ("imaps" / "imap" / "pop3s" / "pop3") "://" [user "@"] host [":" port] ["/"]      after RFC 5092
///     §11, 2384 §2
ServerUrl parse_server_url(std::string_view url) {
  ServerUrl server;
  const auto colon = url.find("://");
  const std::string name = base::to_lower(url.substr(0, colon == std::string_view::npos ? 0 : colon));
  const auto* const scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](const Scheme& known) { return known.name == name; });
  if (scheme == kSchemes.end())
    throw SettingError{"the URL does not begin with imaps://, imap://, pop3s:// or pop3://"};
  server.protocol = scheme->protocol;
  server.tls = scheme->tls;
  server.port = scheme->port;
  std::string_view rest = url.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    server.user = user_of(rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  if (rest.find_first_of("/?#") != std::string_view::npos) {
    throw SettingError{
        "the URL has a path: it names a server and a user only, mailboxes are chosen by --mailbox"};
  }
  server.host = take_host(rest);
  if (!rest.empty() && !rest.starts_with(':')) throw SettingError{"the URL has text behind its host"};
  if (!rest.empty()) server.port = port_of(rest.substr(1));
  return server;
}

std::string_view name_of(Protocol protocol) noexcept {
  return protocol == Protocol::pop3 ? "a POP3" : "an IMAP";
}

std::string account_name(const ServerUrl& url) {
  const auto* const scheme = std::find_if(kSchemes.begin(), kSchemes.end(), [&](const Scheme& known) {
    return known.protocol == url.protocol && (known.tls == Tls::implicit) == (url.tls == Tls::implicit);
  });
  std::string plain = url.user + '@' + url.host;
  std::string name;
  for (const char c : plain) {
    if (is_account_character(c)) {
      name += c;
    } else {
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (url.port != scheme->port) name += fmt::format(":{}", url.port);
  if (url.protocol == Protocol::pop3) name += "+pop3";
  return name;
}

}  // namespace mailspoor::fetch
