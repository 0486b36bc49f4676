#pragma once

#include <string>
#include <utility>

namespace mailspoor::fetch {

/// A password. It has no formatter and no operator<<, goes from its source to the SASL exchange only, and is
/// overwritten when it ends.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_{std::move(text)} {}
  Secret(Secret&& other) noexcept : text_{std::move(other.text_)} { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
    return *this;
  }
  ~Secret() { wipe(); }

  const std::string& reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

 private:
  void wipe() noexcept {
    for (volatile char& c : text_) c = 0;
    text_.clear();
  }
  std::string text_;
};

}  // namespace mailspoor::fetch
