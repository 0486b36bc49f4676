#include "index/track/leaks.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/hex.hpp"
#include "deliver/base/text.hpp"
#include "index/trace/idna.hpp"

namespace mailspoor::index {
namespace {

using base::hex_value;
using base::is_alphanumeric;

constexpr std::size_t kMaxAddressOctets = 320;  // 64 + 1 + 255, RFC 5321 §4.5.3.1
constexpr std::size_t kShortestAddress = 3;
constexpr std::size_t kMaxOddLengths =
    8;  // each is looked for at every `@`; one message has one such recipient
constexpr int kMaxPercentRounds = 3;
constexpr std::size_t kPrefixDigits = 8;
constexpr std::array<std::string_view, 11> kNames{
    "plain", "percent", "base64", "base64url", "hex", "rot13", "reversed", "md5", "sha1", "sha256", "sha512"};

/// What a local part is made of nearly always. What else RFC 5322 allows parts words in URLs.
bool is_local_char(char c) noexcept {
  return is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '+';
}
bool is_domain_char(char c) noexcept { return is_alphanumeric(c) || c == '.' || c == '-'; }
bool is_wide(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80; }

/// By octet; -1 for what is no digit. A table, since every octet of every URL is looked up some ten times.
constexpr std::array<signed char, 256> kBase64Values = [] {
  std::array<signed char, 256> values{};
  values.fill(-1);
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < kDigits.size(); ++at)
    values[static_cast<unsigned char>(kDigits[at])] = static_cast<signed char>(at);
  values['-'] = values['+'];
  values['_'] = values['/'];
  return values;
}();
int base64_value(char c) noexcept { return kBase64Values[static_cast<unsigned char>(c)]; }

std::string rot13(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>((c - 'a' + 13) % 26 + 'a');
  }
  return text;
}

/// A text with its escapes undone once, and where its octets stood.
struct Unescaped {
  std::string text;
  std::vector<std::size_t> offsets;  ///< One more than octets.
};

Unescaped unescaped(std::string_view text) {
  Unescaped plain;
  plain.text.reserve(text.size());
  plain.offsets.reserve(text.size() + 1);
  std::size_t at = 0;
  while (at < text.size()) {
    plain.offsets.push_back(at);
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[at + 2]) : -1;
    if (low >= 0) {
      plain.text += static_cast<char>(high * 16 + low);
      at += 3;
    } else {
      plain.text += text[at++];
    }
  }
  plain.offsets.push_back(at);
  return plain;
}

/// Calls `take` with each run of at least `least` octets for which `is_in` holds.
template <typename IsIn, typename Take>
void each_run(std::string_view text, std::size_t least, IsIn is_in, Take take) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && is_in(text[at])) continue;
    if (at - begin >= least) take(text.substr(begin, at - begin));
    begin = at + 1;
  }
}

std::string decode_base64(std::string_view digits) {
  std::string octets;
  octets.reserve(digits.size() / 4 * 3 + 3);
  unsigned bits = 0;
  int count = 0;
  for (const char digit : digits) {
    bits = (bits << 6U | static_cast<unsigned>(base64_value(digit))) & 0xffffU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    octets += static_cast<char>(bits >> count & 0xffU);
  }
  return octets;
}

struct DigestKind {
  LeakEncoding encoding;
  const char* name;
};
constexpr std::array<DigestKind, 4> kDigests{{{LeakEncoding::md5, "MD5"},
                                              {LeakEncoding::sha1, "SHA1"},
                                              {LeakEncoding::sha256, "SHA256"},
                                              {LeakEncoding::sha512, "SHA512"}}};

struct MessageDigestDeleter {
  void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
};

}  // namespace

std::string_view to_text(LeakEncoding encoding) noexcept {
  return kNames[static_cast<std::size_t>(encoding)];
}

struct LeakFinder::Addresses {
  struct Form {
    std::size_t address;
    bool is_rot13;
  };
  struct Digest {
    std::string digits;
    FoundAddress found;
  };

  std::vector<std::pair<std::string, std::size_t>> known;  ///< In lower case.
  std::unordered_map<std::string, Form> forms;
  std::set<std::size_t> odd_lengths;  ///< Of local parts that hold other signs than is_local_char().
  /// Only then other letters belong to a domain: elsewhere, what no text was decoded to ends it.
  bool has_wide_domains = false;
  mutable std::once_flag is_hashed;
  mutable std::unordered_multimap<std::uint32_t, Digest> digests;  ///< By their first 8 digits.

  void add(std::string_view text, std::size_t number) {
    auto address = base::to_lower(text);
    const auto at = address.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == address.size() ||
        address.size() > kMaxAddressOctets || address.size() < kShortestAddress)
      return;
    const bool is_odd =
        !std::all_of(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(at), is_local_char);
    if (is_odd && odd_lengths.size() < kMaxOddLengths) odd_lengths.insert(at);
    // A domain of other letters is written in either form, whichever the message names.
    const auto local_part = address.substr(0, at + 1);
    const auto labels = to_a_labels(std::string_view{address}.substr(at + 1));
    if (const auto letters = to_u_labels(labels)) {
      has_wide_domains = true;
      add_form(local_part + *letters, number);
    }
    add_form(local_part + labels, number);
    add_form(std::move(address), number);
  }

  void add_form(std::string address, std::size_t number) {
    if (!forms.emplace(address, Form{number, false}).second) return;
    forms.emplace(rot13(address), Form{number, true});
    known.emplace_back(std::move(address), number);
  }

  void hash() const {
    for (const auto& kind : kDigests) {
      const std::unique_ptr<EVP_MD, MessageDigestDeleter> algorithm{
          EVP_MD_fetch(nullptr, kind.name, nullptr)};
      if (!algorithm) continue;  // MD5 is missing where OpenSSL keeps to FIPS
      for (const auto& [address, number] : known) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
        unsigned size = 0;
        if (EVP_Digest(address.data(), address.size(), octets.data(), &size, algorithm.get(), nullptr) != 1)
          continue;
        auto digits = base::to_hex(std::string_view{reinterpret_cast<const char*>(octets.data()), size});
        std::uint32_t prefix = 0;
        for (std::size_t at = 0; at < kPrefixDigits; ++at)
          prefix = prefix << 4U | static_cast<std::uint32_t>(hex_value(digits[at]));
        digests.emplace(prefix, Digest{std::move(digits), {kind.encoding, number}});
      }
    }
  }

  std::optional<Form> form_of(const std::string& candidate) const {
    const auto found = forms.find(candidate);
    return found != forms.end() ? std::optional{found->second} : std::nullopt;
  }

  /// An address with that local part before the `@` that stands at `at`, up to a boundary behind it; and how
  /// far it goes.
  std::optional<std::pair<Form, std::size_t>> form_at(std::string_view text, std::size_t begin,
                                                      std::size_t at) const {
    auto end = at + 1;
    const auto is_in_domain = [&](char c) { return is_domain_char(c) || (has_wide_domains && is_wide(c)); };
    while (end < text.size() && end - begin <= kMaxAddressOctets && is_in_domain(text[end])) ++end;
    while (end > at + 1 && !is_alphanumeric(text[end - 1]) && !is_wide(text[end - 1])) --end;
    if (end == at + 1) return std::nullopt;
    auto candidate = base::to_lower(text.substr(begin, end - begin));
    if (const auto form = form_of(candidate)) return std::pair{*form, end};
    // `…/anna@example.org.gif` names a file, not a domain.
    constexpr std::array<std::string_view, 17> kFileTypes{".gif", ".png",  ".jpg", ".jpeg", ".webp", ".avif",
                                                          ".svg", ".bmp",  ".ico", ".html", ".htm",  ".php",
                                                          ".asp", ".aspx", ".jsp", ".css",  ".js"};
    for (const auto type : kFileTypes) {
      if (!candidate.ends_with(type)) continue;
      candidate.resize(candidate.size() - type.size());
      if (const auto form = form_of(candidate)) return std::pair{*form, end - type.size()};
      break;
    }
    return std::nullopt;
  }

  /// Calls `take` with each form of an address that stands in the text, its begin and its end.
  template <typename Take>
  void scan(std::string_view text, Take take) const {
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
      auto begin = at;
      while (begin > 0 && at - begin <= kMaxAddressOctets && is_local_char(text[begin - 1])) --begin;
      while (begin < at && text[begin] == '.') ++begin;
      if (begin < at) {
        if (const auto form = form_at(text, begin, at)) take(form->first, begin, form->second);
      }
      for (const auto length : odd_lengths) {
        if (length > at || (length < at && is_local_char(text[at - length - 1]))) continue;
        if (const auto form = form_at(text, at - length, at)) take(form->first, at - length, form->second);
      }
    }
  }

  /// Whether the octets that the digits stand for hold an address.
  template <typename Take>
  bool is_base64(std::string_view digits, LeakEncoding encoding, Take take) const {
    auto octets = decode_base64(digits);
    if (octets.find("%40") != std::string::npos) octets = unescaped(octets).text;
    bool is_found = false;
    scan(octets, [&](const Form& form, std::size_t, std::size_t) {
      if (form.is_rot13) return;
      take(encoding, form.address);
      is_found = true;
    });
    return is_found;
  }

  template <typename Take>
  bool is_base64_of_any_phase(std::string_view digits, LeakEncoding encoding, Take take) const {
    bool is_found = false;
    for (std::size_t phase = 0; phase < std::min<std::size_t>(4, digits.size()); ++phase) {
      if (is_base64(digits.substr(phase), encoding, take)) is_found = true;
    }
    return is_found;
  }

  /// A `/` parts segments, and where nothing is found so, it is a digit. A `-` in front of a token may stay:
  /// it ends in an octet that is a boundary.
  template <typename Take>
  void find_base64(std::string_view text, Take take) const {
    constexpr std::size_t kLeast = 4;
    bool is_found = false;
    const auto is_digit = [](char c) { return base64_value(c) >= 0 && c != '/'; };
    each_run(text, kLeast, is_digit, [&](std::string_view run) {
      const bool is_url = run.find_first_of("-_") != std::string_view::npos;
      if (is_base64_of_any_phase(run, is_url ? LeakEncoding::base64url : LeakEncoding::base64, take))
        is_found = true;
    });
    if (is_found) return;
    const auto is_plain_digit = [](char c) { return base64_value(c) >= 0 && c != '-' && c != '_'; };
    each_run(text, kLeast, is_plain_digit, [&](std::string_view run) {
      if (run.find('/') != std::string_view::npos) is_base64_of_any_phase(run, LeakEncoding::base64, take);
    });
  }

  template <typename Take>
  void find_hex(std::string_view text, Take take) const {
    each_run(
        text, 2 * kShortestAddress, [](char c) { return hex_value(c) >= 0; },
        [&](std::string_view run) {
          for (std::size_t phase = 0; phase < 2; ++phase) {
            const auto digits = run.substr(phase, (run.size() - phase) / 2 * 2);
            const auto octets = base::from_hex(digits).value_or("");
            scan(octets, [&](const Form& form, std::size_t, std::size_t) {
              if (!form.is_rot13) take(LeakEncoding::hex, form.address);
            });
          }
          find_digests(run, take);
        });
  }

  template <typename Take>
  void find_digests(std::string_view run, Take take) const {
    constexpr std::size_t kShortestDigest = 32;
    if (run.size() < kShortestDigest) return;
    std::call_once(is_hashed, [this] { hash(); });
    std::uint32_t prefix = 0;
    for (std::size_t at = 0; at < run.size(); ++at) {
      prefix = prefix << 4U | static_cast<std::uint32_t>(hex_value(run[at]));
      if (at + 1 < kPrefixDigits) continue;
      const auto [begin, end] = digests.equal_range(prefix);
      for (auto digest = begin; digest != end; ++digest) {
        if (base::starts_with_ignoring_case(run.substr(at + 1 - kPrefixDigits), digest->second.digits))
          take(digest->second.found.encoding, digest->second.found.address);
      }
    }
  }
};

LeakFinder::LeakFinder(std::span<const std::string> addresses) : addresses_{std::make_unique<Addresses>()} {
  for (std::size_t number = 0; number < addresses.size(); ++number)
    addresses_->add(addresses[number], number);
}

LeakFinder::~LeakFinder() = default;
LeakFinder::LeakFinder(LeakFinder&&) noexcept = default;
LeakFinder& LeakFinder::operator=(LeakFinder&&) noexcept = default;

std::vector<FoundAddress> LeakFinder::find(std::string_view url) const {
  using Form = Addresses::Form;
  if (addresses_->forms.empty()) return {};
  std::map<LeakEncoding, std::size_t> found;
  const auto take = [&](LeakEncoding encoding, std::size_t address) { found.emplace(encoding, address); };
  std::string text{url};
  for (int round = 0; round < kMaxPercentRounds; ++round) {
    auto plain = unescaped(text);
    const bool is_unchanged = plain.text.size() == text.size();
    addresses_->scan(plain.text, [&](const Form& form, std::size_t begin, std::size_t end) {
      const auto written =
          std::string_view{text}.substr(plain.offsets[begin], plain.offsets[end] - plain.offsets[begin]);
      const bool is_escaped = written.size() > end - begin;
      if (form.is_rot13) {
        take(LeakEncoding::rot13, form.address);
      } else if (is_escaped || round == 0) {
        take(is_escaped ? LeakEncoding::percent : LeakEncoding::plain, form.address);
      }
    });
    text = std::move(plain.text);
    if (is_unchanged) break;
  }
  const std::string reversed{text.rbegin(), text.rend()};
  addresses_->scan(reversed, [&](const Form& form, std::size_t, std::size_t) {
    if (!form.is_rot13) take(LeakEncoding::reversed, form.address);
  });
  addresses_->find_base64(text, take);
  addresses_->find_hex(text, take);
  std::vector<FoundAddress> all;
  for (const auto& [encoding, address] : found) all.push_back({encoding, address});
  return all;
}

}  // namespace mailspoor::index
