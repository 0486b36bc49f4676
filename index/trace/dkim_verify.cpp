#include "index/trace/dkim_verify.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/message/date_time.hpp"
#include "index/message/header_section.hpp"
#include "index/message/octet_scan.hpp"
#include "index/trace/dkim_canonical.hpp"
#include "index/trace/dkim_crypto.hpp"
#include "index/trace/domain.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kBlock = std::size_t{64} * 1024;
/// Distinct ones of a message: ordinary mail needs one or two, and each costs a pass of SHA over a body of 2
/// GB.
constexpr std::size_t kMaxBodyHashes = 8;

/// Appends the next octets of the file; false at its end.
bool read_block(int fd, const std::string& path, std::uint64_t from, std::string& octets) {
  const auto before = octets.size();
  octets.resize(before + kBlock);
  while (true) {
    const auto got = ::pread(fd, octets.data() + before, kBlock, static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw DatabaseError{"cannot read " + path + ": " + std::strerror(errno)};
    octets.resize(before + static_cast<std::size_t>(got));
    return got > 0;
  }
}

struct Header {
  std::string octets;
  std::uint64_t body_begin = 0;
  bool is_whole = true;
};

/// Where the header section that begins at `at` ends, and how long the empty line there is.
std::optional<std::pair<std::size_t, std::size_t>> empty_line(std::string_view octets, std::size_t at) {
  while (at < octets.size()) {
    if (octets[at] == '\n') return std::pair{at, std::size_t{1}};
    if (octets.substr(at, 2) == "\r\n") return std::pair{at, std::size_t{2}};
    const auto end = octets.find('\n', at);
    if (end == std::string_view::npos) return std::nullopt;
    at = end + 1;
  }
  return std::nullopt;
}

/// A `From ` line of an mbox in front is no part of it.
Header read_header(int fd, const std::string& path) {
  Header header;
  auto& octets = header.octets;
  std::size_t begin = 0;
  while (read_block(fd, path, octets.size(), octets)) {
    if (begin == 0 && octets.substr(0, 5) == "From ") begin = octets.find('\n') + 1;  // none: 0 again
    if (const auto line = empty_line(octets, begin)) {
      header.body_begin = line->first + line->second;
      octets.resize(line->first);
      break;
    }
    header.body_begin = octets.size();
    if (octets.size() > kMaxHeaderOctets) {
      header.is_whole = false;
      break;
    }
  }
  octets.erase(0, std::min(begin, octets.size()));
  return header;
}

/// The hash of a body in one canonical form, and how long it is.
class BodyHash {
 public:
  explicit BodyHash(const DkimSignature& signature)
      : canonicalization_{signature.body_canonicalization},
        is_sha1_{signature.algorithm == DkimAlgorithm::rsa_sha1},
        limit_{signature.body_length},
        body_{canonicalization_},
        digest_{*signature.algorithm} {}

  bool serves(const DkimSignature& signature) const {
    return canonicalization_ == signature.body_canonicalization &&
           is_sha1_ == (signature.algorithm == DkimAlgorithm::rsa_sha1) && limit_ == signature.body_length;
  }
  void update(std::string_view octets) {
    body_.update(octets, [this](std::string_view piece) { take(piece); });
  }
  void finish() {
    body_.finish([this](std::string_view piece) { take(piece); });
    digest_.update(buffer_);
    hash_ = digest_.finish();
  }

  const std::string& hash() const noexcept { return hash_; }
  std::uint64_t octets() const noexcept { return octets_; }

 private:
  void take(std::string_view piece) {
    const auto left = limit_ ? *limit_ - std::min(*limit_, octets_) : piece.size();
    octets_ += piece.size();
    // Words and line ends come one by one, and each call of the digest costs more than to copy them.
    buffer_ += piece.substr(0, std::min<std::uint64_t>(left, piece.size()));
    if (buffer_.size() < kBlock) return;
    digest_.update(buffer_);
    buffer_.clear();
  }

  Canonicalization canonicalization_;
  bool is_sha1_;
  std::optional<std::uint64_t> limit_;
  CanonicalBody body_;
  DkimDigest digest_;
  std::string buffer_;
  std::string hash_;
  std::uint64_t octets_ = 0;
};

class Verifier {
 public:
  Verifier(int fd, const std::string& path, const DkimKeys& keys)
      : keys_{keys}, header_{read_header(fd, path)} {
    auto section = parse_header_section(header_.octets);
    fields_ = std::move(section.fields);
    if (section.is_cut) obstacle_ = "there are more than 10,000 header fields";
    if (!header_.is_whole) obstacle_ = "the header section is longer than 1 MiB";
    for (std::size_t position = 0; position < fields_.size(); ++position) {
      if (!base::equal_ignoring_case(fields_[position].name, "DKIM-Signature")) continue;
      DkimVerdict verdict;
      verdict.position = position;
      verdict.signature = parse_dkim_signature(fields_[position].body);
      verdicts_.push_back(std::move(verdict));
    }
    if (obstacle_.empty()) hash_bodies(fd, path);
  }

  std::vector<DkimVerdict> verdicts() {
    for (std::size_t number = 0; number < verdicts_.size(); ++number) {
      if (number < kMaxDkimSignatures) {
        judge(verdicts_[number]);
      } else {
        verdicts_[number].text = "not verified: more than 50 signatures stand above it";
      }
    }
    return std::move(verdicts_);
  }

 private:
  std::vector<const DkimKey*> keys_of(const DkimSignature& signature) const {
    return keys_.find(signature.selector, signature.domain);
  }

  void hash_bodies(int fd, const std::string& path) {
    for (std::size_t number = 0; number < std::min(verdicts_.size(), kMaxDkimSignatures); ++number) {
      const auto& signature = verdicts_[number].signature;
      if (!signature.defects.empty() || keys_of(signature).empty() || body_hash(signature) != nullptr)
        continue;
      if (hashes_.size() < kMaxBodyHashes) hashes_.emplace_back(signature);
    }
    if (hashes_.empty()) return;
    std::string block;
    for (auto at = header_.body_begin; read_block(fd, path, at, block); block.clear()) {
      for (auto& hash : hashes_) hash.update(block);
      at += block.size();
    }
    for (auto& hash : hashes_) hash.finish();
  }

  const BodyHash* body_hash(const DkimSignature& signature) const {
    const auto found = std::find_if(hashes_.begin(), hashes_.end(),
                                    [&](const BodyHash& hash) { return hash.serves(signature); });
    return found != hashes_.end() ? &*found : nullptr;
  }

  void judge(DkimVerdict& verdict) const {
    const auto& signature = verdict.signature;
    if (!signature.defects.empty()) {
      verdict.result = "permerror";
      verdict.text = "the signature cannot be used: " + signature.defects.front();
      return;
    }
    const auto keys = keys_of(signature);
    if (keys.empty()) {
      verdict.text = fmt::format("not verified: no key is at hand for {}._domainkey.{}", signature.selector,
                                 signature.domain);
      return;
    }
    if (!obstacle_.empty() || body_hash(signature) == nullptr) {
      verdict.text =
          fmt::format("not verified: {}",
                      obstacle_.empty() ? "more than 8 different forms of the body were signed" : obstacle_);
      return;
    }
    const auto signed_digest = header_digest(verdict);
    std::optional<DkimVerdict> first;
    for (const auto* key : keys) {
      auto tried = verdict;
      judge_with(tried, *key, signed_digest);
      const bool fits = tried.result == "pass" || tried.result == "policy";
      if (fits || !first) first = std::move(tried);
      if (fits) break;
    }
    verdict = std::move(*first);
  }

  /// Why a record allows no verdict; empty if it does (§6.1.2).
  static std::string objection(const DkimKeyRecord& record, const DkimSignature& signature) {
    if (record.is_revoked) return "the key was revoked";
    if (!record.defects.empty()) return "the key record cannot be used: " + record.defects.front();
    const bool wants_ed25519 = signature.algorithm == DkimAlgorithm::ed25519_sha256;
    if (wants_ed25519 != (record.type == KeyType::ed25519))
      return "the key is of another type than the signature";
    const auto& hashes = record.hash_algorithms;
    const auto* hash = signature.algorithm == DkimAlgorithm::rsa_sha1 ? "sha1" : "sha256";
    if (!hashes.empty() && std::find(hashes.begin(), hashes.end(), hash) == hashes.end())
      return "the key record does not allow this algorithm (h=)";
    if (record.is_strict && signature.identity &&
        !base::equal_ignoring_case(domain_of_address(*signature.identity), signature.domain))
      return "the key record allows no subdomain in i= (t=s)";
    return {};
  }

  void judge_with(DkimVerdict& verdict, const DkimKey& key, const std::string& signed_digest) const {
    const auto& signature = verdict.signature;
    const auto* body = body_hash(signature);
    verdict.key_source = key.source;
    verdict.key_date = key.date;
    verdict.body_octets = body->octets();
    const auto record = parse_dkim_key_record(key.record);
    auto why_not = objection(record, signature);
    const auto public_key = DkimPublicKey::read(record);
    if (why_not.empty() && !public_key) why_not = "the key record holds no readable key";
    if (!why_not.empty()) {
      verdict.result = "permerror";
      verdict.text = std::move(why_not);
      return;
    }
    const bool are_fields_intact =
        public_key->verifies(*signature.algorithm, signed_digest, signature.signature);
    const bool is_body_intact =
        body->hash() == signature.body_hash && signature.body_length.value_or(0) <= body->octets();
    if (!are_fields_intact || !is_body_intact) {
      verdict.result = "fail";
      verdict.text = failure_text(verdict, are_fields_intact, is_body_intact);
      return;
    }
    const bool is_provable = find_weaknesses(verdict, record, public_key->rsa_bits());
    verdict.result = is_provable ? "pass" : "policy";
    verdict.text = success_text(verdict);
  }

  /// @return Whether a signature of such a key proves anything at all: RFC 8301 §3.2 takes none below 1024
  /// bits.
  static bool find_weaknesses(DkimVerdict& verdict, const DkimKeyRecord& record,
                              std::optional<int> rsa_bits) {
    constexpr int kLeastBits = 1024;
    constexpr int kAdvisedBits = 2048;
    auto& weaknesses = verdict.weaknesses;
    const auto& signature = verdict.signature;
    if (rsa_bits && *rsa_bits < kAdvisedBits)
      weaknesses.push_back(fmt::format("RSA key of {} bits", *rsa_bits));
    if (signature.algorithm == DkimAlgorithm::rsa_sha1) weaknesses.emplace_back("rsa-sha1");
    if (signature.body_length == verdict.body_octets) {
      weaknesses.emplace_back("more could be added to the body (l=)");
    } else if (signature.body_length) {
      weaknesses.push_back(fmt::format("only {} of {} octets of the body are signed (l=)",
                                       *signature.body_length, *verdict.body_octets));
    }
    if (record.is_testing) weaknesses.emplace_back("the owner of the key was testing (t=y)");
    return !rsa_bits || *rsa_bits >= kLeastBits;
  }

  static std::string key_text(const DkimVerdict& verdict) {
    return fmt::format("key from {}, looked up {}", *verdict.key_source,
                       verdict.key_date.value_or("at an unknown time"));
  }

  static std::string failure_text(const DkimVerdict& verdict, bool are_fields_intact, bool is_body_intact) {
    const auto what = !are_fields_intact && !is_body_intact ? "header fields and body"
                      : !is_body_intact                     ? "the body"
                                                            : "header fields, or the key is another";
    return fmt::format("bytes differ from what was signed; lists and gateways do this ({}; {})", what,
                       key_text(verdict));
  }

  std::string success_text(const DkimVerdict& verdict) const {
    const auto& signature = verdict.signature;
    const auto fields = signed_fields(signature, fields_);
    auto text = fmt::format("the holder of {}'s key signed these fields: {}", signature.domain,
                            fmt::join(fields.covered, ", "));
    if (!fields.uncovered.empty()) text += fmt::format("; not signed: {}", fmt::join(fields.uncovered, ", "));
    if (!verdict.weaknesses.empty()) text += fmt::format("; weak: {}", fmt::join(verdict.weaknesses, ", "));
    if (signature.timestamp) text += "; it says that it was made " + to_rfc3339(*signature.timestamp);
    if (signature.expiration) text += "; it says that it ends " + to_rfc3339(*signature.expiration);
    return text + "; " + key_text(verdict);
  }

  /// The digest of what `b` signs: the fields of `h`, of several with one name the lowest first (§5.4.2), a
  /// name without a field adding nothing; last the signature itself without `b` and its line end (§3.7).
  std::string header_digest(const DkimVerdict& verdict) const {
    const auto& signature = verdict.signature;
    const auto form = signature.header_canonicalization;
    std::unordered_map<std::string, std::vector<const HeaderField*>> by_name;
    for (std::size_t position = 0; position < fields_.size(); ++position) {
      if (position != verdict.position)
        by_name[base::to_lower(fields_[position].name)].push_back(&fields_[position]);
    }
    DkimDigest digest{*signature.algorithm};
    for (const auto& name : signature.signed_fields) {
      const auto found = by_name.find(name);
      if (found == by_name.end() || found->second.empty()) continue;
      const auto& field = *found->second.back();
      found->second.pop_back();
      const auto octets = static_cast<std::size_t>(field.body.data() + field.body.size() - field.name.data());
      digest.update(canonical_header_field({field.name.data(), octets}, form));
    }
    const auto& own = fields_[verdict.position];
    std::string raw{own.name.data(), static_cast<std::size_t>(own.body.data() - own.name.data())};
    raw += without_signature_value(own.body);
    const auto canonical = canonical_header_field(raw, form);
    digest.update(std::string_view{canonical}.substr(0, canonical.size() - 2));
    return digest.finish();
  }

  const DkimKeys& keys_;
  Header header_;
  std::vector<HeaderField> fields_;  ///< Views into header_.
  std::string_view obstacle_;        ///< Why no signature can be verified; empty if they can.
  std::vector<DkimVerdict> verdicts_;
  std::vector<BodyHash> hashes_;
};

}  // namespace

std::vector<DkimVerdict> verify_dkim(int fd, const std::string& path_for_errors, const DkimKeys& keys) {
  return Verifier{fd, path_for_errors, keys}.verdicts();
}

void add_verdicts(std::vector<Authentication>& entries, const std::vector<DkimVerdict>& verdicts) {
  for (const auto& verdict : verdicts) {
    const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Authentication& candidate) {
      return candidate.source_kind == AuthenticationSource::dkim_signature &&
             candidate.position == verdict.position;
    });
    if (entry == entries.end()) continue;
    entry->result = verdict.result;
    entry->text = verdict.text;
    entry->is_trusted = verdict.result.has_value();
    if (!verdict.weaknesses.empty()) entry->signature->weaknesses = verdict.weaknesses;
    entry->signature->key_source = verdict.key_source;
    entry->signature->key_date = verdict.key_date;
  }
}

}  // namespace mailspoor::index
