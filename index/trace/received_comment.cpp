#include "index/trace/received_comment.hpp"

#include <algorithm>
#include <charconv>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;
using base::is_digit;
using base::starts_with_ignoring_case;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> known) {
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view one) { return equal_ignoring_case(word, one); });
}

std::string_view word_at(const Words& words, std::size_t index) {
  return index < words.size() ? words[index] : std::string_view{};
}

std::string_view without_colon(std::string_view word) {
  if (!word.empty() && word.back() == ':') word.remove_suffix(1);
  return word;
}

struct KeyValue {
  std::string_view key, value;
};
/// `key=value`; the key is empty where the word is none.
KeyValue split_key(std::string_view word) {
  const auto sign = word.find('=');
  if (sign == std::string_view::npos) return {};
  return {word.substr(0, sign), word.substr(sign + 1)};
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, port);
  if (read.ec != std::errc{} || read.ptr != end || port == 0) return std::nullopt;
  return port;
}

/// An address alone, or an IPv4 address and a port behind a colon.
std::optional<PeerAddress> parse_address_and_port(std::string_view text) {
  // What has neither a dot nor a colon is no address: most words are spared the longer look.
  if (text.find_first_of(".:") == std::string_view::npos) return std::nullopt;
  if (const auto address = parse_ip_address(text)) return PeerAddress{*address, std::nullopt, false};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip_address(text.substr(0, colon));
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return PeerAddress{*address, port, false};
}

bool is_helo_word(std::string_view word) { return is_one_of(without_colon(word), {"HELO", "EHLO", "LHLO"}); }

/// `IDENT:user@host` and `user@host` name the host.
std::string_view without_ident(std::string_view word) {
  const auto at = word.rfind('@');
  return at == std::string_view::npos ? word : word.substr(at + 1);
}

bool is_authenticated_word(std::string_view word) {
  return is_one_of(without_colon(word),
                   {"authenticated", "authenticated-user", "authenticated-sender", "authenticated-id"});
}

bool is_cipher_like(std::string_view word) {
  return word.size() > 4 && word.find_first_of("-_") != std::string_view::npos;
}

}  // namespace

std::optional<PeerAddress> parse_peer_address(std::string_view word) {
  const auto at = word.rfind('@');
  if (at != std::string_view::npos) word.remove_prefix(at + 1);
  if (word.empty() || word.front() != '[') return parse_address_and_port(word);
  const auto close = word.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  auto peer = parse_address_and_port(word.substr(1, close - 1));
  if (!peer) return std::nullopt;
  peer->is_bracketed = true;
  const auto behind = word.substr(close + 1);
  if (behind.size() > 1 && behind.front() == ':') peer->port = parse_port(behind.substr(1));
  return peer;
}

TcpInfo read_tcp_info(const Words& words) {
  TcpInfo info;
  for (std::size_t index = 0; index < words.size(); ++index) {
    const auto word = words[index];
    if (is_helo_word(word)) {
      info.names_helo = true;
      if (info.helo.empty()) info.helo = word_at(words, index + 1);
      ++index;
    } else if (const auto [key, value] = split_key(word); !key.empty()) {
      if (is_one_of(key, {"helo", "ehlo"})) {
        info.names_helo = true;
        if (info.helo.empty()) info.helo = value;
      } else if (equal_ignoring_case(key, "port")) {
        info.port = parse_port(value);
      } else if (equal_ignoring_case(key, "ident")) {
        info.has_ident_key = true;
      }
    } else if (index == 0 && equal_ignoring_case(word, "account")) {
      info.account = without_angle_brackets(word_at(words, ++index));
    } else if (index == 0 && equal_ignoring_case(word, "uid")) {
      info.is_local_user = true;
    } else if (equal_ignoring_case(word, "forged")) {
      info.is_may_be_forged = true;
    } else if (is_one_of(word, {"RDNS", "softdnserr", "unverified"})) {
      info.has_no_name = true;
    } else if (const auto peer = parse_peer_address(word)) {
      // A bare one far inside may be a version number.
      const bool counts =
          peer->is_bracketed ? !info.peer || !info.peer->is_bracketed : !info.peer && index < 2;
      if (!counts) continue;
      info.peer = peer;
      if (const auto at = word.rfind('@'); at != std::string_view::npos) info.ident = word.substr(0, at);
    } else if (index == 0 && word != "-" &&
               word.front() != '[') {  // `H - I`: Microsoft's, outside of any comment
      info.name = without_ident(word);
    }
  }
  const bool is_name_alone = !info.peer && words.size() == 1;
  const bool is_before_address = info.peer && words.size() > 1 && parse_peer_address(words[1]);
  if (is_name_alone && info.name.find('.') == std::string_view::npos && !is_no_name(info.name) &&
      !equal_ignoring_case(info.name, "localhost"))
    info.name = {};
  if (!is_name_alone && !is_before_address) {
    info.has_no_name = info.has_no_name || equal_ignoring_case(info.name, "no");  // "no name recorded [I]"
    info.name = {};
  }
  return info;
}

bool is_session_comment(const Words& words) {
  if (const auto second = word_at(words, 1);
      !second.empty() && second.front() == '[' && parse_peer_address(second))
    return false;  // a machine may be called `client`
  const auto first = without_colon(word_at(words, 0));
  if (equal_ignoring_case(first, "no")) return equal_ignoring_case(word_at(words, 1), "client");
  return is_authenticated_word(first) || starts_with_ignoring_case(first, "envelope-") ||
         is_one_of(first, {"using", "not", "auth", "client", "verified", "google", "proxying", "tls", "ssl",
                           "smtp-auth", "squirrelmail", "sender"}) ||
         starts_with_ignoring_case(first, "version=") || starts_with_ignoring_case(first, "cipher=") ||
         !tls_version(first.substr(0, first.find(':'))).empty();
}

bool is_no_name(std::string_view name) {
  return name.empty() || is_one_of(name, {"unknown", "unverified", "softdnserr"}) ||
         parse_peer_address(name).has_value();
}

std::string_view tls_version(std::string_view spelling) {
  const bool is_tls = starts_with_ignoring_case(spelling, "TLS");
  if (!is_tls && !starts_with_ignoring_case(spelling, "SSL")) return {};
  spelling = spelling.substr(
      3, spelling.find('/') == std::string_view::npos ? std::string_view::npos : spelling.find('/') - 3);
  while (!spelling.empty() && !is_digit(spelling.front())) {
    if (std::string_view{"vV-_ "}.find(spelling.front()) == std::string_view::npos) return {};
    spelling.remove_prefix(1);
  }
  if (!is_tls) return is_one_of(spelling, {"3", "3.0", "3_0"}) ? "SSLv3" : std::string_view{};
  if (is_one_of(spelling, {"1", "1.0", "1_0"})) return "TLSv1";
  if (is_one_of(spelling, {"1.1", "1_1"})) return "TLSv1.1";
  if (is_one_of(spelling, {"1.2", "1_2"})) return "TLSv1.2";
  if (is_one_of(spelling, {"1.3", "1_3"})) return "TLSv1.3";
  return {};
}

TlsFacts read_tls(const Words& words) {
  TlsFacts facts;
  const auto first = word_at(words, 0);
  if (equal_ignoring_case(first, "using")) {
    facts.version = tls_version(word_at(words, 1));
    for (std::size_t index = 2; index + 1 < std::min<std::size_t>(words.size(), 6); ++index) {
      if (!facts.cipher.empty() || !equal_ignoring_case(words[index], "cipher")) continue;
      facts.cipher = words[index + 1];
    }
    return facts;
  }
  if (starts_with_ignoring_case(first, "version=") || starts_with_ignoring_case(first, "cipher=")) {
    for (const auto word : words) {
      const auto [key, value] = split_key(word);
      if (equal_ignoring_case(key, "version") && facts.version.empty()) facts.version = tls_version(value);
      if (equal_ignoring_case(key, "cipher") && facts.cipher.empty()) facts.cipher = value;
    }
    return facts;
  }
  if (words.size() == 2 && equal_ignoring_case(words[1], "encrypted") && is_cipher_like(first))
    return {{}, first};
  for (std::size_t index = 0; index < words.size(); ++index) {  // Courier
    if (!is_one_of(words[index], {"TLS:", "SSL:"})) continue;
    facts.version = tls_version(word_at(words, index + 1));
    facts.cipher = word_at(words, index + 3);
    return facts;
  }
  // Exim: V:C:bits, `Cipher V:C:bits` in its third version.
  const auto triple = equal_ignoring_case(first, "cipher") ? word_at(words, 1) : first;
  const auto colon = triple.find(':');
  const auto version = tls_version(triple.substr(0, colon));
  if (version.empty() || (colon == std::string_view::npos && words.size() > 1)) return facts;
  facts.version = version;
  if (colon == std::string_view::npos) return facts;
  const auto behind = triple.substr(colon + 1);
  const auto cipher = behind.substr(0, behind.find(':'));
  if (is_cipher_like(cipher)) facts.cipher = cipher;
  return facts;
}

std::optional<std::string_view> authenticated_user(const Words& words) {
  const auto named = [](std::string_view user) -> std::optional<std::string_view> {
    user = without_angle_brackets(user);
    if (user.empty()) return std::nullopt;
    return user;
  };
  const auto first = word_at(words, 0);
  if (equal_ignoring_case(first, "AUTH:")) {  // Courier: the mechanism, then the user
    const bool has_mechanism = is_one_of(
        word_at(words, 1),
        {"LOGIN", "PLAIN", "CRAM-MD5", "CRAM-SHA1", "CRAM-SHA256", "SCRAM-SHA-256", "XOAUTH2", "EXTERNAL"});
    return named(word_at(words, has_mechanism ? 2 : 1));
  }
  if (equal_ignoring_case(first, "smtp-auth") && equal_ignoring_case(word_at(words, 1), "username"))
    return named(word_at(words, 2));
  std::size_t index = 0;
  while (index < 3 && !is_authenticated_word(word_at(words, index))) ++index;
  if (index == 3 || equal_ignoring_case(first, "not")) return std::nullopt;
  bool is_announced = word_at(words, index).back() == ':';
  for (++index; index < words.size(); ++index) {
    if (const auto [key, value] = split_key(words[index]); !key.empty()) {
      if (is_one_of(key, {"user", "username", "login"})) return named(value);
    } else if (is_one_of(without_colon(words[index]), {"sender", "user", "id", "as", "by"}) ||
               words[index] == ":") {
      is_announced = true;
    } else {
      return is_announced ? named(words[index]) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> envelope_sender(const Words& words) {
  const auto first = word_at(words, 0);
  for (const std::string_view name : {"envelope-from", "envelope-sender"}) {
    if (!starts_with_ignoring_case(first, name)) continue;
    const auto behind = first.substr(name.size());
    if (behind.size() > 1 && (behind.front() == '=' || behind.front() == ':' || behind.front() == '<'))
      return without_angle_brackets(behind.substr(behind.front() == '<' ? 0 : 1));
    if (words.size() > 1 && (behind.empty() || behind == ":" || behind == "="))
      return without_angle_brackets(words[1]);
  }
  return std::nullopt;
}

std::string_view without_angle_brackets(std::string_view path) {
  if (!path.empty() && path.back() == ',') path.remove_suffix(1);
  if (path.size() > 1 && path.front() == '<' && path.back() == '>') return path.substr(1, path.size() - 2);
  return path;
}

}  // namespace mailspoor::index
