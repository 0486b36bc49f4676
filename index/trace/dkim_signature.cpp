#include "index/trace/dkim_signature.hpp"

#include <algorithm>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/trace/domain.hpp"
#include "index/trace/tag_list.hpp"

namespace mailspoor::index {
namespace {

std::optional<DkimAlgorithm> algorithm_of(std::string_view name) {
  if (name == "rsa-sha256") return DkimAlgorithm::rsa_sha256;
  if (name == "rsa-sha1") return DkimAlgorithm::rsa_sha1;
  if (name == "ed25519-sha256") return DkimAlgorithm::ed25519_sha256;
  return std::nullopt;
}

std::optional<Canonicalization> canonicalization_of(std::string_view name) {
  if (name == "simple") return Canonicalization::simple;
  if (name == "relaxed") return Canonicalization::relaxed;
  return std::nullopt;
}

class SignatureReader {
 public:
  SignatureReader(std::string_view field_body, SignatureField field) : tags_{field_body}, field_{field} {}

  DkimSignature read() {
    if (!tags_.is_well_formed()) defect("the tags are malformed");
    if (field_ == SignatureField::dkim && required("v") != "1") defect("the version (v=) is not 1");
    signature_.algorithm_name = base::to_lower(required("a"));
    signature_.algorithm = algorithm_of(signature_.algorithm_name);
    if (!signature_.algorithm) defect("the algorithm (a=) is not known");
    signature_.domain = base::to_lower(required("d"));
    signature_.selector = base::to_lower(required("s"));
    signature_.body_hash = octets("bh");
    signature_.signature = octets("b");
    read_signed_fields();
    read_canonicalization();
    read_identity();
    read_numbers();
    read_query_methods();
    return std::move(signature_);
  }

 private:
  std::string required(const char* name) {
    auto text = tags_.text(name);
    if (!text || text->empty()) {
      defect(std::string{"there is no "} + name + "=");
      return {};
    }
    return base::to_valid_utf8(*text);
  }

  std::string octets(const char* name) {
    auto decoded = decode_base64(required(name));
    if (!decoded) defect(std::string{name} + "= is no base64");
    return decoded.value_or("");
  }

  void read_signed_fields() {
    const auto* tag = tags_.find("h");
    if (tag != nullptr) {
      for (const auto& name : colon_separated(tag->value))
        signature_.signed_fields.push_back(base::to_valid_utf8(name));
    }
    const auto& fields = signature_.signed_fields;
    if (std::find(fields.begin(), fields.end(), "from") == fields.end()) defect("From is not signed (h=)");
  }

  void read_canonicalization() {
    const auto text = tags_.text("c");
    if (!text) return;
    const auto slash = std::min(text->find('/'), text->size());
    const auto header = canonicalization_of(base::to_lower(text->substr(0, slash)));
    const auto body = slash == text->size() ? Canonicalization::simple
                                            : canonicalization_of(base::to_lower(text->substr(slash + 1)));
    if (!header || !body) defect("the canonicalization (c=) is not known");
    signature_.header_canonicalization = header.value_or(Canonicalization::simple);
    signature_.body_canonicalization = body.value_or(Canonicalization::simple);
  }

  void read_identity() {
    const auto text = tags_.text("i");
    if (field_ == SignatureField::arc) {
      signature_.arc_instance = parse_arc_instance(text.value_or(""));
      if (!signature_.arc_instance) defect("unreadable instance (i=)");
    } else if (text) {
      signature_.identity = base::to_valid_utf8(*text);
      if (!is_in_domain(domain_of_address(*signature_.identity), signature_.domain))
        defect("i= is no address below d=");
    }
  }

  void read_numbers() {
    if (const auto text = tags_.text("l")) {
      signature_.body_length = parse_number(*text);
      if (!signature_.body_length) defect("unreadable body length (l=)");
    }
    signature_.timestamp = seconds("t");
    signature_.expiration = seconds("x");
    if (signature_.timestamp && signature_.expiration && *signature_.expiration <= *signature_.timestamp)
      defect("it ends (x=) before it begins (t=)");
  }

  std::optional<std::int64_t> seconds(const char* name) {
    const auto text = tags_.text(name);
    if (!text) return std::nullopt;
    const auto time = parse_time(*text);
    if (!time) defect(std::string{"unreadable time ("} + name + "=)");
    return time;
  }

  void read_query_methods() {
    const auto* tag = tags_.find("q");
    if (tag == nullptr) return;
    const auto methods = colon_separated(tag->value);
    if (std::find(methods.begin(), methods.end(), "dns/txt") == methods.end() &&
        std::find(methods.begin(), methods.end(), "dns") == methods.end())
      defect("its key is not in the DNS (q=)");
  }

  void defect(std::string text) { signature_.defects.push_back(std::move(text)); }

  TagList tags_;
  SignatureField field_;
  DkimSignature signature_;
};

}  // namespace

DkimSignature parse_dkim_signature(std::string_view field_body, SignatureField field) {
  return SignatureReader{field_body, field}.read();
}

std::string without_signature_value(std::string_view field_body) {
  const TagList tags{field_body};
  const auto* tag = tags.find("b");
  if (tag == nullptr) return std::string{field_body};
  const auto begin = static_cast<std::size_t>(tag->raw.data() - field_body.data());
  std::string text{field_body.substr(0, begin)};
  text += field_body.substr(begin + tag->raw.size());
  return text;
}

SignedFields signed_fields(const DkimSignature& signature, const std::vector<HeaderField>& fields) {
  SignedFields found;
  for (const auto name : kTellingFields) {
    const auto lower = base::to_lower(name);
    const auto covered = std::count(signature.signed_fields.begin(), signature.signed_fields.end(), lower);
    const auto present = std::count_if(fields.begin(), fields.end(), [&](const HeaderField& field) {
      return base::equal_ignoring_case(field.name, name);
    });
    if (covered > 0 && present == 0) continue;  // signed as absent: RFC 6376 §5.4.2
    (covered > 0 && covered >= present ? found.covered : found.uncovered).emplace_back(name);
  }
  return found;
}

}  // namespace mailspoor::index
