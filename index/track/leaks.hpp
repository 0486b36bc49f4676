#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// How an address stands in a URL. The digests are of its lower-case form, in hexadecimal of either case.
enum class LeakEncoding : std::uint8_t {
  plain,
  percent,
  base64,
  base64url,
  hex,
  rot13,
  reversed,
  md5,
  sha1,
  sha256,
  sha512,
};
std::string_view to_text(LeakEncoding encoding) noexcept;

struct FoundAddress {
  LeakEncoding encoding = LeakEncoding::plain;
  std::size_t address = 0;  ///< Place among those that were given.
  bool operator==(const FoundAddress&) const = default;
};

/// Finds addresses in URLs, in time linear in the URL however many addresses there are.
///
/// Case does not matter, but boundaries do: `joanna.x@example.org` does not hold `anna.x@example.org`, nor
/// does `anna.x@example.org.example`; a digest may stand anywhere. Base64 may begin at any digit and hold the
/// address anywhere; base64url is what has a `-` or `_` in it.
class LeakFinder {
 public:
  /// What is no address is passed over.
  explicit LeakFinder(std::span<const std::string> addresses);
  ~LeakFinder();
  LeakFinder(LeakFinder&&) noexcept;
  LeakFinder& operator=(LeakFinder&&) noexcept;

  /// Each encoding once, in their order, with the first address that was found so.
  std::vector<FoundAddress> find(std::string_view url) const;

 private:
  struct Addresses;
  std::unique_ptr<Addresses> addresses_;
};

}  // namespace mailspoor::index
