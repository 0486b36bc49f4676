#include "index/track/recon_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "index/trace/domain.hpp"
#include "index/track/token.hpp"
#include "index/track/url.hpp"

namespace mailspoor::index {
namespace {

bool has_dmarc_pass(const MessageObject& message) {
  return std::any_of(message.authentication.begin(), message.authentication.end(), [](const auto& one) {
    return one.method == "dmarc" && one.result == "pass" && one.is_trusted;
  });
}

class ProbeFinder {
 public:
  explicit ProbeFinder(const MessageObject& message) : message_{message} {
    for (const auto& pixel : message.tracking.pixels) pixels_.emplace(pixel.url, &pixel);
    for (const auto& leak : message.tracking.leaks) {
      if (leak.where != Leak::Where::link) told_.emplace(leak.url, leak.host);
    }
  }

  const RemoteResource* find() const {
    for (const auto& resource : message_.tracking.remote) {
      if (is_token(resource) && !is_of_known_vendor(resource) && !is_of_author(resource.host))
        return &resource;
    }
    return nullptr;
  }
  bool tells_address(const RemoteResource& resource) const {
    return told_.count({resource.url, resource.host}) > 0;
  }

 private:
  /// A picture that is seen may have any name; that of a pixel serves nobody but its sender.
  bool is_token(const RemoteResource& resource) const {
    if (tells_address(resource)) return true;
    if (pixels_.find(resource.url) == pixels_.end()) return false;
    const auto url = parse_url(resource.url);
    return url && !is_static_file(*url);
  }
  bool is_of_known_vendor(const RemoteResource& resource) const {
    const auto pixel = pixels_.find(resource.url);
    return pixel != pixels_.end() && pixel->second->vendor;
  }
  bool is_of_author(std::string_view host) const {
    const auto& domains = message_.sender_facts.from_domains;
    return std::any_of(domains.begin(), domains.end(),
                       [&](const std::string& domain) { return is_in_domain(host, domain); });
  }

  const MessageObject& message_;
  std::map<std::string_view, const Pixel*> pixels_;
  std::set<std::pair<std::string_view, std::string_view>> told_;  ///< URL, and the host that it tells.
};

}  // namespace

bool has_little_text(std::span<const TextPart> texts) {
  std::size_t characters = 0;
  for (const auto& part : texts) {
    if (part.media_type == "text/plain") continue;
    for (const char c : part.text) {
      const auto octet = static_cast<unsigned char>(c);
      const bool goes_on = (octet & 0xC0U) == 0x80U;
      if (octet > ' ' && !goes_on && ++characters >= kLittleText) return false;
    }
  }
  return true;
}

std::optional<Finding> recon_probe(const MessageObject& message) {
  if (message.tracking.remote.empty()) return std::nullopt;
  const bool is_bare = message.tracking.has_little_text;
  if (!is_bare && has_dmarc_pass(message)) return std::nullopt;
  const ProbeFinder finder{message};
  const auto* probe = finder.find();
  if (probe == nullptr) return std::nullopt;
  return Finding{
      "RECON_PROBE", Severity::notice, std::nullopt,
      fmt::format("Displaying it loads {} from {}, which is neither of the author's domain nor of a platform "
                  "that we know, and {}.",
                  finder.tells_address(*probe) ? "a URL with an address of the reader"
                                               : "a URL that may be of this copy alone",
                  probe->host,
                  is_bare ? "there is next to nothing to read in it"
                          : "no server of the receiving side says that it passed DMARC")};
}

}  // namespace mailspoor::index
