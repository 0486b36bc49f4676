// DKIM: tag lists, signatures, seals, key records and files, canonical forms fed whole and in pieces, and the
// verification of a whole message with a key that anybody may have made.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/trace/arc.hpp"
#include "index/trace/dkim_canonical.hpp"
#include "index/trace/dkim_crypto.hpp"
#include "index/trace/dkim_verify.hpp"
#include "index/trace/tag_list.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

namespace {

std::string canonical_body(std::string_view body, index::Canonicalization form, std::size_t step) {
  std::string text;
  const auto take = [&](std::string_view piece) { text += piece; };
  index::CanonicalBody canonical{form};
  for (std::size_t at = 0; at < body.size(); at += step) canonical.update(body.substr(at, step), take);
  canonical.finish(take);
  return text;
}

void check_canonical_forms(std::string_view octets) {
  for (const auto form : {index::Canonicalization::simple, index::Canonicalization::relaxed}) {
    const auto body = canonical_body(octets, form, octets.size() + 1);
    require(body == canonical_body(octets, form, 1) && body == canonical_body(octets, form, 7));
    require(body == canonical_body(body, form, body.size() + 1));
    require(body.empty() ? form == index::Canonicalization::relaxed : body.substr(body.size() - 2) == "\r\n");
    const auto field = index::canonical_header_field(octets, form);
    require(field.size() >= 2 && field.substr(field.size() - 2) == "\r\n");
    require(field == index::canonical_header_field({field.data(), field.size() - 2}, form));
  }
}

void check_tags(std::string_view octets) {
  const index::TagList tags{octets};
  require(tags.tags().size() <= index::kMaxTags);
  for (const auto& tag : tags.tags()) require(tags.find(tag.name) == &tag);
  for (const auto field : {index::SignatureField::dkim, index::SignatureField::arc}) {
    const auto signature = index::parse_dkim_signature(octets, field);
    require(base::is_utf8(signature.domain) && base::is_utf8(signature.selector));
    if (signature.defects.empty())
      require(signature.algorithm && !signature.domain.empty() && !signature.signed_fields.empty());
    const auto emptied = index::without_signature_value(octets);
    require(index::without_signature_value(emptied) == emptied);
    require(index::parse_dkim_signature(emptied, field).body_hash == signature.body_hash);
  }
  index::parse_arc_seal(octets);
  index::DkimPublicKey::read(index::parse_dkim_key_record(octets));
}

}  // namespace

/// What stands before the first NUL is a key file, what stands behind it a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  check_canonical_forms(octets);
  check_tags(octets);
  const auto nul = octets.find('\0');
  index::DkimKeys keys;
  try {
    keys = index::DkimKeys::parse(octets.substr(0, nul), "keys");
  } catch (const index::QueryError&) {
  }
  if (nul == std::string_view::npos) return 0;
  const auto message = octets.substr(nul + 1);
  static const int fd = ::memfd_create("message", MFD_CLOEXEC);
  require(::ftruncate(fd, 0) == 0);
  require(::pwrite(fd, message.data(), message.size(), 0) == static_cast<ssize_t>(message.size()));
  for (const auto& verdict : index::verify_dkim(fd, "message", keys)) {
    require(!verdict.text.empty() && base::is_utf8(verdict.text));
    require(verdict.result != "pass" || verdict.key_source);
  }
  return 0;
}
