#include "index/trace/authentication_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/trace/arc.hpp"
#include "index/trace/dkim_signature.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/received_spf.hpp"

namespace mailspoor::index {
namespace {

std::optional<std::string> none_if_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

/// The domain in the first of these properties that holds one.
std::optional<std::string> domain_in(
    const MethodResult& result,
    std::initializer_list<std::pair<std::string_view, std::string_view>> properties) {
  for (const auto& [type, name] : properties) {
    const auto* value = result.property(type, name);
    if (value == nullptr) continue;
    auto domain = base::to_lower(domain_of_address(*value));
    if (!domain.empty() && domain != "none") return domain;  // Microsoft's `header.d=none`
  }
  return std::nullopt;
}

/// The domain that a method authenticated (RFC 8601 §2.7).
std::optional<std::string> authenticated_domain(const MethodResult& result) {
  const auto& method = result.method;
  if (method == "spf" || method == "sender-id")
    return domain_in(result, {{"smtp", "mailfrom"}, {"smtp", "mail"}, {"smtp", "mfrom"}, {"smtp", "helo"}});
  if (method == "dmarc" || method == "dkim-adsp" || method == "compauth")
    return domain_in(result, {{"header", "from"}});
  if (method == "auth" || method == "iprev" || method == "arc") return std::nullopt;
  return domain_in(result, {{"header", "d"}, {"header", "i"}, {"header", "domain"}, {"header", "from"}});
}

std::optional<std::string> value_of(const MethodResult& result, std::string_view type,
                                    std::string_view name) {
  const auto* value = result.property(type, name);
  return value != nullptr ? none_if_empty(*value) : std::nullopt;
}

/// `sender IP is 192.0.2.1` of Microsoft, `... designates 192.0.2.1 as permitted sender` of Google.
std::optional<std::string> address_in_comment(std::string_view comment) {
  for (const std::string_view before : {"sender IP is ", "designates ", "designate "}) {
    const auto at = comment.find(before);
    if (at == std::string_view::npos) continue;
    const auto rest = comment.substr(at + before.size());
    if (const auto address = parse_ip_address(rest.substr(0, rest.find_first_of(" ;,)"))))
      return to_text(*address);
  }
  return std::nullopt;
}

std::optional<std::string> peer_address(const MethodResult& result) {
  constexpr std::pair<std::string_view, std::string_view> kProperties[] = {
      {"policy", "iprev"}, {"smtp", "remote-ip"}, {"smtp", "client-ip"}};
  for (const auto& [type, name] : kProperties) {
    const auto* value = result.property(type, name);
    const auto address = value != nullptr ? parse_ip_address(*value) : std::nullopt;
    if (address) return to_text(*address);
  }
  return result.method == "spf" ? address_in_comment(result.comment) : std::nullopt;
}

/// The domain whose policy was asked. The name in HELO is the peer's to choose: it is that domain only where
/// the field says so, or where the sender is null (RFC 7208 §2.4).
std::string checked_domain(const ReceivedSpf& spf) {
  const bool is_of_helo = spf.identity ? base::equal_ignoring_case(*spf.identity, "helo")
                                       : spf.envelope_from && spf.envelope_from->empty();
  if (is_of_helo) return base::to_lower(spf.helo.value_or(""));
  const auto domain = spf.envelope_from ? domain_of_address(*spf.envelope_from) : std::string_view{};
  return base::to_lower(domain.empty() ? std::string_view{spf.comment_domain.value_or("")} : domain);
}

bool can_align(std::string_view method) {
  return method == "dkim" || method == "spf" || method == "domainkeys";
}

class EntryReader {
 public:
  EntryReader(const std::vector<HeaderField>& fields, std::string_view author_domain)
      : fields_{fields}, author_domain_{author_domain} {}

  AuthenticationSection read() {
    for (std::size_t position = 0; position < fields_.size(); ++position) take(fields_[position], position);
    take_arc(read_arc(fields_));
    return std::move(section_);
  }

 private:
  void take(const HeaderField& field, std::size_t position) {
    const auto is = [&](std::string_view name) { return base::equal_ignoring_case(field.name, name); };
    if (is("Authentication-Results")) {
      const auto results = parse_authentication_results(field.body);
      take_results(results, AuthenticationSource::authentication_results, position);
    } else if (is("Received-SPF")) {
      take_spf(parse_received_spf(field.body), position);
    } else if (is("DKIM-Signature")) {
      take_signature(parse_dkim_signature(field.body), position);
    }
  }

  void take_results(const AuthenticationResults& results, AuthenticationSource source, std::size_t position) {
    for (const auto& text : results.defects) defect("Authentication-Results: " + text);
    for (const auto& result : results.results) {
      Authentication entry;
      entry.method = result.method;
      entry.result = none_if_empty(result.result);
      entry.domain = authenticated_domain(result);
      entry.selector = value_of(result, "header", result.method == "bimi" ? "selector" : "s");
      entry.source_kind = source;
      entry.source = source_text(results);
      entry.authserv_id = results.authserv_id;
      entry.arc_instance = results.instance;
      entry.ip = peer_address(result);
      entry.helo = value_of(result, "smtp", "helo");
      entry.reason = result.reason;
      entry.comment = none_if_empty(result.comment);
      entry.properties = result.properties;
      add(std::move(entry), position);
    }
  }

  static std::string source_text(const AuthenticationResults& results) {
    const auto id = results.authserv_id.value_or("(no id)");
    if (results.instance) return fmt::format("ARC-Authentication-Results: i={} {}", *results.instance, id);
    return "Authentication-Results: " + id;
  }

  void take_spf(const ReceivedSpf& spf, std::size_t position) {
    if (spf.result.empty()) return;
    Authentication entry;
    entry.method = "spf";
    entry.result = spf.result;
    entry.domain = none_if_empty(checked_domain(spf));
    entry.source_kind = AuthenticationSource::received_spf;
    entry.source = "Received-SPF: " + spf.receiver.value_or("(no receiver)");
    entry.authserv_id = spf.receiver;
    entry.ip = spf.client_ip ? spf.client_ip : address_in_comment(spf.comment);
    entry.helo = spf.helo;
    entry.reason = spf.problem;
    entry.comment = none_if_empty(spf.comment);
    add(std::move(entry), position);
  }

  void take_signature(const DkimSignature& signature, std::size_t position) {
    Authentication entry;
    entry.method = "dkim";
    entry.domain = none_if_empty(signature.domain);
    entry.selector = none_if_empty(signature.selector);
    entry.source_kind = AuthenticationSource::dkim_signature;
    entry.source = "DKIM-Signature";
    if (!signature.defects.empty()) entry.reason = signature.defects.front();
    const auto word = [](Canonicalization form) {
      return form == Canonicalization::relaxed ? "relaxed" : "simple";
    };
    auto& facts = entry.signature.emplace();
    facts.algorithm = signature.algorithm_name;
    facts.canonicalization =
        fmt::format("{}/{}", word(signature.header_canonicalization), word(signature.body_canonicalization));
    facts.identity = signature.identity;
    facts.timestamp = signature.timestamp;
    facts.expiration = signature.expiration;
    facts.body_length = signature.body_length;
    facts.has_body_hash = !signature.body_hash.empty();
    auto fields = signed_fields(signature, fields_);
    facts.signed_fields = std::move(fields.covered);
    facts.unsigned_fields = std::move(fields.uncovered);
    if (signature.algorithm == DkimAlgorithm::rsa_sha1) facts.weaknesses.emplace_back("rsa-sha1");
    add(std::move(entry), position);
  }

  void take_arc(const ArcChain& chain) {
    for (const auto& text : chain.defects) defect("ARC: " + text);
    if (!chain.sets.empty() && !chain.is_complete()) defect("ARC: the sets make no valid chain");
    for (const auto& set : chain.sets) {
      if (set.results)
        take_results(*set.results, AuthenticationSource::arc_authentication_results, set.results_position);
      if (!set.seal) continue;
      Authentication entry;
      entry.method = "arc";
      entry.result = none_if_empty(set.seal->chain_validation);
      entry.domain = none_if_empty(set.seal->domain);
      entry.selector = none_if_empty(set.seal->selector);
      entry.source_kind = AuthenticationSource::arc_seal;
      entry.source = fmt::format("ARC-Seal: i={} {}", set.instance, set.seal->domain);
      entry.arc_instance = set.instance;
      if (!set.is_complete) entry.reason = "the set is not complete";
      add(std::move(entry), set.seal_position);
    }
  }

  void add(Authentication entry, std::size_t position) {
    if (section_.entries.size() >= kMaxAuthentications) {
      defect("more than 500 results of authentication: the rest was not read");
      return;
    }
    entry.position = position;
    if (entry.domain && !author_domain_.empty() && can_align(entry.method))
      entry.alignment = alignment_of(author_domain_, *entry.domain);
    section_.entries.push_back(std::move(entry));
  }

  void defect(std::string text) {
    auto& defects = section_.defects;
    if (std::find(defects.begin(), defects.end(), text) == defects.end()) defects.push_back(std::move(text));
  }

  const std::vector<HeaderField>& fields_;
  std::string_view author_domain_;
  AuthenticationSection section_;
};

}  // namespace

std::string author_domain(const std::vector<Address>& from) {
  std::string found;
  for (const auto& address : from) {
    auto domain = base::to_lower(domain_of_address(address.addr_spec));
    if (domain.empty() || (!found.empty() && found != domain)) return {};
    found = std::move(domain);
  }
  return found;
}

AuthenticationSection read_authentication(const std::vector<HeaderField>& fields,
                                          std::string_view author_domain) {
  return EntryReader{fields, author_domain}.read();
}

}  // namespace mailspoor::index
